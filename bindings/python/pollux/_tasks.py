# SPDX-License-Identifier: MIT
"""What is done in a loop's pool of threads: work, names, files."""

from __future__ import annotations

import errno
import socket
import weakref
from ctypes import addressof, create_string_buffer
from typing import Any, Callable, List, NamedTuple, Optional

from . import _callbacks, _ffi
from ._common import error, file_descriptor, unsigned
from ._ffi import lib
from ._handles import Handle, callable_or_raise


class Task(Handle):
    """What is done in the pool, and ends with a result or an error."""

    _kind = "work"

    def __init__(self, loop: Any, done: Optional[Callable]) -> None:
        super().__init__(loop)
        self._done = None if done is None else callable_or_raise(done, "done")
        self._value: Any = None
        self._failure: Optional[BaseException] = None
        self._finished = False

    def _end(self) -> None:
        super()._end()
        self._finished = True

    def _abandon(self) -> None:
        self._failure = error(-errno.ECANCELED)
        self._end()

    def _conclude(self) -> None:
        self._end()
        if self._done is not None:
            self._done(self)
        elif self._failure is not None and not self.cancelled:
            # Nobody looks at it, so it is the loop's.
            raise self._failure

    @property
    def finished(self) -> bool:
        """Whether it has ended, with a result or without."""
        return self._finished

    @property
    def cancelled(self) -> bool:
        """Whether it was closed before it began."""
        return getattr(self._failure, "errno", None) == errno.ECANCELED

    def result(self) -> Any:
        """What came of it, or raises what was raised; OSError with ECANCELED if it never began."""
        if not self._finished:
            raise RuntimeError(f"the {self._kind} has not ended")
        if self._failure is not None:
            raise self._failure
        return self._value

    def close(self) -> None:
        """Cancels what has not begun: ``done`` is called within. OSError with EBUSY otherwise."""
        if self.closed:
            return
        with _callbacks.exceptions_of_signals():
            self._call(lib.plx_close)
        self._loop._raise_failure_outside_run()


class Work(Task):
    """A function that runs in a thread of the pool. See ``Loop.work()``."""

    def __init__(self, loop: Any, function: Callable, args: tuple, done: Any) -> None:
        super().__init__(loop, done)
        self._function = callable_or_raise(function, "the work")
        self._args = args
        _callbacks.work[self._key] = weakref.ref(self)
        try:
            self._start(lib.plx_work_start, _callbacks.work_fn, _callbacks.done_fn)
        except BaseException:
            del _callbacks.work[self._key]
            raise

    def _run(self) -> None:
        try:
            self._value = self._function(*self._args)
        except BaseException as failure:
            self._failure = failure

    def _end(self) -> None:
        super()._end()
        _callbacks.work.pop(self._key, None)

    def _finish(self, status: int) -> None:
        if status < 0:
            self._failure = error(status)
        self._conclude()


class Address(NamedTuple):
    """What a name resolves to: for ``socket.socket(family)`` and ``connect(sockaddr)``."""

    family: int
    sockaddr: tuple


_FAMILIES = {
    0: 0,
    socket.AF_INET: _ffi.PLX_ADDRESS_IPV4,
    socket.AF_INET6: _ffi.PLX_ADDRESS_IPV6,
}
_RESOLVER_ERRORS = {
    errno.ENOENT: socket.EAI_NONAME,
    errno.EAGAIN: socket.EAI_AGAIN,
    errno.EIO: socket.EAI_FAIL,
    errno.ENOMEM: socket.EAI_MEMORY,
    errno.EINVAL: socket.EAI_SERVICE,
}


def _address(found: _ffi.plx_address) -> Address:
    raw = bytes(found.bytes)
    if found.family == _ffi.PLX_ADDRESS_IPV4:
        return Address(socket.AF_INET, (socket.inet_ntop(socket.AF_INET, raw[:4]), found.port))
    host = socket.inet_ntop(socket.AF_INET6, raw)
    return Address(socket.AF_INET6, (host, found.port, 0, found.scope_id))


class Resolve(Task):
    """A name that is resolved in the pool. See ``Loop.resolve()``."""

    _kind = "resolving of a name"

    def __init__(self, loop: Any, host: str, service: Any, done: Callable, family: int) -> None:
        super().__init__(loop, callable_or_raise(done, "done"))
        if family not in _FAMILIES:
            raise ValueError(f"the family is 0, AF_INET or AF_INET6: {family!r}")
        self._start(
            lib.plx_resolve_start,
            _text(host, "the host"),
            None if service is None else _text(str(service), "the service"),
            _FAMILIES[family],
            _callbacks.resolve_fn,
        )

    def _finish(self, status: int, found: List[_ffi.plx_address]) -> None:
        if -status in _RESOLVER_ERRORS:
            number = _RESOLVER_ERRORS[-status]
            self._failure = socket.gaierror(number, error(status).strerror)
        elif status < 0:
            self._failure = error(status)
        else:
            self._value = [_address(address) for address in found]
        self._conclude()


def _text(text: str, what: str) -> bytes:
    if not isinstance(text, str):
        raise TypeError(f"{what} is a string, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError(f"{what} has a null character in it")
    return text.encode("ascii") if text.isascii() else text.encode("idna")


def _offset(offset: int) -> int:
    return unsigned(offset, 63, "the offset")


class FileRead(Task):
    """A read in the pool; its result is the bytes. See ``Loop.file_read()``."""

    _kind = "read"

    def __init__(self, loop: Any, fileobj: Any, size: int, offset: int, done: Callable) -> None:
        super().__init__(loop, callable_or_raise(done, "done"))
        self._fileobj = fileobj
        self._buffer = create_string_buffer(unsigned(size, 62, "the size") or 1)
        self._start(
            lib.plx_file_read_start,
            file_descriptor(fileobj),
            addressof(self._buffer),
            size,
            _offset(offset),
            _callbacks.file_fn,
        )

    def _finish(self, result: int) -> None:
        if result < 0:
            self._failure = error(result)
        else:
            self._value = bytes(memoryview(self._buffer)[:result])
        del self._buffer
        self._conclude()


class FileWrite(Task):
    """A write in the pool; its result is the number of bytes. See ``Loop.file_write()``."""

    _kind = "write"

    def __init__(self, loop: Any, fileobj: Any, data: Any, offset: int, done: Any) -> None:
        super().__init__(loop, done)
        self._fileobj = fileobj
        # C reads from the bytes themselves, which nobody can change.
        self._data = bytes(memoryview(data))
        self._start(
            lib.plx_file_write_start,
            file_descriptor(fileobj),
            self._data,
            len(self._data),
            _offset(offset),
            _callbacks.file_fn,
        )

    def _finish(self, result: int) -> None:
        if result < 0:
            self._failure = error(result)
        else:
            self._value = result
        self._conclude()
