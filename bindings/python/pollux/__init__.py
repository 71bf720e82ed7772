# SPDX-License-Identifier: MIT
"""One readiness interface over epoll, kqueue and poll, and an event loop on top.

``Poller`` is the interface itself, ``PolluxSelector`` puts it under ``selectors`` and ``asyncio``,
and ``Loop`` runs callbacks. The backend is chosen by name, for each of them.
"""

from __future__ import annotations

from . import _ffi
from ._common import backends, capabilities, describe
from ._handles import Child, Handle, Io, Signal, Timer
from ._loop import Loop, LoopStats, TraceEvent
from ._poller import Event, Poller
from ._selector import PolluxSelector
from ._tasks import Address, FileRead, FileWrite, Resolve, Work

__version__ = f"{_ffi.PLX_VERSION_MAJOR}.{_ffi.PLX_VERSION_MINOR}.{_ffi.PLX_VERSION_PATCH}"

CAP_EDGE = _ffi.PLX_CAP_EDGE
CAP_EXCLUSIVE = _ffi.PLX_CAP_EXCLUSIVE
CAP_PRIORITY = _ffi.PLX_CAP_PRIORITY
CAP_READ_CLOSED = _ffi.PLX_CAP_READ_CLOSED
CAP_NS_TIMEOUT = _ffi.PLX_CAP_NS_TIMEOUT
CAP_NATIVE_FD = _ffi.PLX_CAP_NATIVE_FD

READABLE = _ffi.PLX_READABLE
PRIORITY = _ffi.PLX_PRIORITY
WRITABLE = _ffi.PLX_WRITABLE
ERROR = _ffi.PLX_ERROR
HANGUP = _ffi.PLX_HANGUP
READ_CLOSED = _ffi.PLX_READ_CLOSED
EDGE = _ffi.PLX_EDGE
ONESHOT = _ffi.PLX_ONESHOT
EXCLUSIVE = _ffi.PLX_EXCLUSIVE
WOKEN = _ffi.PLX_WOKEN

RUN_DEFAULT = _ffi.PLX_RUN_DEFAULT
RUN_ONCE = _ffi.PLX_RUN_ONCE
RUN_NOWAIT = _ffi.PLX_RUN_NOWAIT


def library_version() -> str:
    """The version of the library that is loaded."""
    return _ffi.lib.plx_version_string().decode()


def library_path() -> str:
    """What was loaded: a path, or the name by which the system found it."""
    return _ffi.lib._name


def __getattr__(name: str):
    # asyncio is slow to import, and not everybody needs it.
    if name in ("run", "new_event_loop"):
        from . import _asyncio

        return getattr(_asyncio, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [name for name in globals() if not name.startswith("_") and name != "annotations"]
__all__ += ["run", "new_event_loop"]
