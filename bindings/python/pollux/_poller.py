# SPDX-License-Identifier: MIT
"""The poller: a set of descriptors that is watched for readiness."""

from __future__ import annotations

import errno
import struct
import time
from ctypes import addressof, cast, POINTER
from typing import Any, List, NamedTuple, Optional, Tuple

from . import _ffi
from ._common import (
    Resource,
    backend_name,
    create,
    describe,
    file_descriptor,
    nanoseconds,
    unsigned,
)
from ._ffi import lib

_LEAST_CAPACITY = 64
# plx_event, taken apart for all events at once.
_EVENT = struct.Struct("=QiI")
_event_pointer = POINTER(_ffi.plx_event)


class Event(NamedTuple):
    """One event: what is ready under which descriptor, and the token it was added with.

    A wake has ``WOKEN`` as its events, -1 as its descriptor and 0 as its token.
    """

    token: int
    fd: int
    events: int

    def __repr__(self) -> str:
        return f"Event(token={self.token}, fd={self.fd}, events={describe(self.events)})"


class _Buffer:
    """Room for events, and a view of it as bytes."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.array = (_ffi.plx_event * capacity)()
        self.pointer = cast(addressof(self.array), _event_pointer)
        self.view = memoryview(self.array).cast("B")


class Poller(Resource):
    """Watches descriptors for readiness.

    Any thread may use it, and may change it while others wait. A context manager; close() it.
    """

    _what = "poller"

    def __init__(self, backend: Optional[str] = None, *, required: int = 0) -> None:
        """``backend`` is one of :func:`backends` and is used or fails; None takes the best one.

        ``required`` are ``CAP_...`` bits without which the poller shall not be made.
        """
        options = _ffi.plx_poller_options()
        options.required_capabilities = unsigned(required, 32, "required")
        pointer = create(lib.plx_poller_create, options, backend)
        super().__init__(pointer, lib.plx_poller_destroy)
        self._backend = backend_name(lib.plx_poller_backend(pointer))
        self._buffers: List[_Buffer] = []

    def _nudge(self, pointer: int) -> None:
        lib.plx_poller_wake(pointer)

    def __repr__(self) -> str:
        state = "closed " if self._closed else ""
        return f"<{state}{type(self).__name__} over {self._backend}>"

    @property
    def backend(self) -> str:
        """The name of the backend in use."""
        return self._backend

    def __len__(self) -> int:
        """How many descriptors are registered."""
        pointer = self._enter()
        try:
            return lib.plx_poller_count(pointer)
        finally:
            self._leave()

    def __bool__(self) -> bool:
        return True

    def fileno(self) -> int:
        """A descriptor that is readable when there are events, to nest the poller.

        OSError with ENOTSUP where the backend has none (``CAP_NATIVE_FD``).
        """
        pointer = self._enter()
        try:
            return self._check(lib.plx_poller_fd(pointer))
        finally:
            self._leave()

    def add(self, fileobj: Any, interest: int, token: Optional[int] = None) -> None:
        """Registers a file object or descriptor; without a token its number is the token.

        FileExistsError if it is registered, PermissionError for a regular file or a directory,
        OSError with EBADF, EINVAL, ENOTSUP and so on as plx_poller_add().
        """
        fd, token, interest = _registration(fileobj, interest, token)
        pointer = self._enter()
        try:
            self._check(lib.plx_poller_add(pointer, fd, token, interest))
        finally:
            self._leave()

    def modify(self, fileobj: Any, interest: int, token: Optional[int] = None) -> None:
        """Gives another interest and token, and arms again. FileNotFoundError if not registered."""
        fd, token, interest = _registration(fileobj, interest, token)
        pointer = self._enter()
        try:
            self._check(lib.plx_poller_modify(pointer, fd, token, interest))
        finally:
            self._leave()

    def remove(self, fileobj: Any) -> None:
        """Forgets a descriptor. Remove first, then close. FileNotFoundError if not registered."""
        fd = file_descriptor(fileobj)
        pointer = self._enter()
        try:
            self._check(lib.plx_poller_remove(pointer, fd))
        finally:
            self._leave()

    def wait(self, timeout: Optional[float] = None, max: int = 256) -> List[Event]:
        """Waits until something is ready, and gives up to ``max`` events.

        ``timeout`` is in seconds; None waits for ever, 0 does not wait. An empty list means the
        timeout and nothing else. Handlers of signals run meanwhile, and the wait goes on.
        """
        timeout_ns = -1 if timeout is None else nanoseconds(timeout, "the timeout")
        if not isinstance(max, int):
            raise TypeError(f"max is a number, not {type(max).__name__}")
        if not 1 <= max <= 1 << 24:
            raise ValueError(f"max is from 1 to {1 << 24}: {max}")
        return [Event._make(event) for event in self._wait(timeout_ns, max)]

    def _wait(self, timeout_ns: int, capacity: int) -> List[Tuple[int, int, int]]:
        pointer = self._enter()
        try:
            buffer = self._take_buffer(capacity)
            deadline = time.monotonic_ns() + timeout_ns if timeout_ns > 0 else 0
            while True:
                count = lib.plx_poller_wait(pointer, buffer.pointer, capacity, timeout_ns)
                # Between this and the next wait the interpreter runs the handlers of signals.
                if self._closed:
                    raise ValueError("the poller was closed")
                if count != -errno.EINTR:
                    break
                if deadline:
                    timeout_ns = max(deadline - time.monotonic_ns(), 0)
            self._check(count)
            events = list(_EVENT.iter_unpack(buffer.view[: count * _EVENT.size]))
            self._buffers.append(buffer)
            return events
        finally:
            self._leave()

    def _take_buffer(self, capacity: int) -> _Buffer:
        # Each wait at a time needs one of its own.
        try:
            buffer = self._buffers.pop()
        except IndexError:
            return _Buffer(max(capacity, _LEAST_CAPACITY))
        return buffer if buffer.capacity >= capacity else _Buffer(capacity)

    def wake(self) -> None:
        """Ends one wait, the one in progress or the next one, which reports ``WOKEN``."""
        pointer = self._enter()
        try:
            self._check(lib.plx_poller_wake(pointer))
        finally:
            self._leave()

    def after_fork(self) -> None:
        """In a child process: makes the parent's poller usable, everything registered again."""
        pointer = self._enter()
        try:
            self._check(lib.plx_poller_after_fork(pointer))
        finally:
            self._leave()


def _registration(fileobj: Any, interest: int, token: Optional[int]) -> Tuple[int, int, int]:
    fd = file_descriptor(fileobj)
    if token is None:
        token = fd
    return fd, unsigned(token, 64, "a token"), unsigned(interest, 32, "the interest")
