# SPDX-License-Identifier: MIT
"""What the poller and the loop share: errors, conversions and the life of what C has made."""

from __future__ import annotations

import collections
import math
import os
import threading
import warnings
import weakref
from ctypes import byref, c_uint32, c_void_p, sizeof
from typing import Any, Callable, List, Optional

from . import _ffi
from ._ffi import lib

_MAX_INT = 2**31 - 1
_MAX_INT64 = 2**63 - 1

_EVENT_NAMES = [
    (getattr(_ffi, "PLX_" + name), name)
    for name in (
        "READABLE PRIORITY WRITABLE ERROR HANGUP READ_CLOSED EDGE ONESHOT EXCLUSIVE WOKEN".split()
    )
]


def describe(events: int) -> str:
    """Interest or events in words, such as ``"READABLE|HANGUP"``."""
    names = [name for bit, name in _EVENT_NAMES if events & bit]
    rest = events & ~sum(bit for bit, _ in _EVENT_NAMES)
    if rest:
        names.append(hex(rest))
    return "|".join(names) or "0"


def error(result: int, hint: str = "") -> OSError:
    """The exception for a negative result: OSError picks its own subclass by the errno."""
    text = lib.plx_strerror(result).decode()
    return OSError(-result, f"{text}: {hint}" if hint else text)


def backends() -> List[str]:
    """The names of the backends that work here and now, best first."""
    ids = (c_uint32 * 16)()
    count = min(lib.plx_backend_list(ids, len(ids)), len(ids))
    return [backend_name(number) for number in ids[:count]]


def backend_name(number: int) -> str:
    return lib.plx_backend_name(number).decode()


def backend_number(name: Optional[str]) -> int:
    """The number of a backend; None is the automatic choice."""
    if name is None:
        return _ffi.PLX_BACKEND_AUTO
    if not isinstance(name, str):
        raise TypeError(f"a backend is named by a string, not {type(name).__name__}")
    out = c_uint32()
    if lib.plx_backend_from_name(name.encode("utf-8", "replace"), byref(out)) < 0:
        raise ValueError(f"no backend is called {name!r}; here are {', '.join(backends())}")
    return out.value


def capabilities(backend: str) -> int:
    """What a backend can do, as ``CAP_...`` bits; 0 if it is not compiled in."""
    return lib.plx_backend_capabilities(backend_number(backend))


def create(function: Callable, options: Any, backend: Optional[str]) -> int:
    """The pointer that plx_poller_create() or plx_loop_create() gives."""
    out = c_void_p()
    options.struct_size = sizeof(options)
    options.backend = backend_number(backend)
    result = function(byref(out), byref(options))
    if result < 0:
        hint = ""
        if options.backend == _ffi.PLX_BACKEND_AUTO and os.environ.get("POLLUX_BACKEND"):
            hint = f"POLLUX_BACKEND is {os.environ['POLLUX_BACKEND']!r}"
        elif backend is not None:
            hint = f"backend {backend!r}; here are {', '.join(backends())}"
        raise error(result, hint)
    return out.value


def file_descriptor(fileobj: Any) -> int:
    """The number of a file object or the number itself, as selectors does it."""
    if isinstance(fileobj, int):
        fd = fileobj
    else:
        try:
            fd = int(fileobj.fileno())
        except (AttributeError, TypeError, ValueError):
            raise ValueError(f"Invalid file object: {fileobj!r}") from None
    if fd < 0:
        raise ValueError(f"Invalid file descriptor: {fd}")
    # C would see only the lower bits.
    if fd > _MAX_INT:
        raise OverflowError(f"no file descriptor is as large as {fd}")
    return fd


def unsigned(value: int, bits: int, what: str) -> int:
    """ctypes would drop the bits that do not fit."""
    if not isinstance(value, int):
        raise TypeError(f"{what} is a number, not {type(value).__name__}")
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{what} has to fit into {bits} bits without a sign: {value}")
    return value


def nanoseconds(seconds: float, what: str) -> int:
    """Rounded up, for nothing may be early; what is huge is as long as can be."""
    if not isinstance(seconds, (int, float)):
        try:
            seconds = float(seconds)
        except (TypeError, ValueError):
            raise TypeError(f"{what} is in seconds, not {type(seconds).__name__}") from None
    if seconds != seconds:
        raise ValueError(f"{what} is not a number")
    if seconds < 0:
        raise ValueError(f"{what} must not be negative: {seconds}")
    if seconds >= _MAX_INT64 / 1e9:
        return _MAX_INT64
    return math.ceil(seconds * 1_000_000_000)


_resources: weakref.WeakSet = weakref.WeakSet()


class Resource:
    """What C has made and has to destroy, but not while a call on it is in progress.

    A call counts itself in before it looks whether the object is closed; close() says so before it
    looks whether anybody is inside. One of the two sees the other, and whoever is last destroys.
    Each step is one operation of a built-in container, so this holds between threads and where a
    signal handler runs in between, without a lock that the handler might find taken.
    """

    _what = "object"

    def __init__(self, pointer: int, destroy: Callable[[int], None]) -> None:
        # The threads that are inside.
        self._users: collections.deque = collections.deque()
        self._owned = [pointer]
        self._pointer = pointer
        self._destroy = destroy
        self._process = os.getpid()
        self._closed = False
        _resources.add(self)

    @property
    def closed(self) -> bool:
        """Whether close() has been called."""
        return self._closed

    def _enter(self) -> int:
        self._users.append(threading.get_ident())
        if self._closed:
            self._leave()
            raise ValueError(f"the {self._what} is closed")
        return self._pointer

    def _leave(self) -> None:
        if self._closed and len(self._users) > 1:
            self._nudge(self._pointer)
        # Itself and no other thread: at a fork and at the end of the interpreter it matters who.
        self._users.remove(threading.get_ident())
        if self._closed and not self._users:
            self._dispose()

    def _nudge(self, pointer: int) -> None:
        """Ends one call that waits."""
        raise NotImplementedError

    def _dispose(self) -> None:
        try:
            pointer = self._owned.pop()
        except IndexError:
            return
        self._destroy(pointer)

    def _check(self, result: int) -> int:
        if result < 0:
            hint = ""
            if os.getpid() != self._process:
                hint = f"the {self._what} is of the parent process, call after_fork() first"
            raise error(result, hint)
        return result

    def close(self) -> None:
        """Ends it all; calls that wait in other threads end with ValueError. Twice is as once."""
        if self._closed:
            return
        self._users.append(threading.get_ident())
        self._closed = True
        self._leave()

    def __enter__(self):
        if self._closed:
            raise ValueError(f"the {self._what} is closed")
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.close()

    def __del__(self) -> None:
        # Nothing is there if the constructor has failed.
        if not getattr(self, "_owned", None):
            return
        if not self._closed:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self)
        self._closed = True
        self._dispose_forgotten()

    def _dispose_forgotten(self) -> None:
        """Called by the garbage collector, in any thread."""
        self._dispose()


def _forget_other_threads() -> None:
    """In a child process: the threads that were inside at the fork are not there."""
    mine = threading.get_ident()
    for resource in list(_resources):
        resource._users = collections.deque(user for user in resource._users if user == mine)


os.register_at_fork(after_in_child=_forget_other_threads)
