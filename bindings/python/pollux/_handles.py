# SPDX-License-Identifier: MIT
"""What is started on a loop."""

from __future__ import annotations

import contextlib
import errno
import itertools
import signal
import socket
import threading
from ctypes import addressof, byref, c_uint64, create_string_buffer
from typing import Any, Callable, ClassVar, List, NamedTuple, Optional

from . import _callbacks, _ffi
from ._common import error, file_descriptor, nanoseconds, unsigned
from ._ffi import lib

_keys = itertools.count(1)


def callable_or_raise(function: Any, what: str) -> Any:
    if not callable(function):
        raise TypeError(f"{what} is not callable: {function!r}")
    return function


class Handle:
    """Something that was started on a loop, and lives there until it ends or is closed.

    Only in the loop's thread. Once it is closed or has ended, close() does nothing and everything
    else is a ValueError.
    """

    _kind: ClassVar[str] = "handle"

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._key = next(_keys)
        self._number = 0
        self._open = False

    def _start(self, function: Callable, *arguments: Any) -> None:
        loop = self._loop
        out = c_uint64()
        pointer = loop._enter()
        try:
            loop._entries[self._key] = self
            result = function(pointer, byref(out), *arguments, self._key)
            if result < 0:
                del loop._entries[self._key]
            loop._check(result)
            self._number = out.value
            self._open = True
        finally:
            loop._leave()

    def _call(self, function: Callable, *arguments: Any) -> None:
        pointer = self._loop._enter()
        try:
            if not self._open:
                raise ValueError(f"the {self._kind} is closed or has ended")
            self._loop._check(function(pointer, self._number, *arguments))
        finally:
            self._loop._leave()

    def _end(self) -> None:
        """C has closed the handle, or does it now."""
        self._open = False
        self._loop._entries.pop(self._key, None)

    def _abandon(self) -> None:
        """The loop is gone, or the handle is the parent process's."""
        self._end()

    @property
    def number(self) -> int:
        """The handle's number, as traces show it."""
        return self._number

    @property
    def loop(self) -> Any:
        """The loop it was started on."""
        return self._loop

    @property
    def closed(self) -> bool:
        """Whether it was closed or has ended."""
        return not self._open or self._loop.closed

    def close(self) -> None:
        """Ends it: its callback is not called any more. Twice is as once."""
        if self.closed:
            return
        self._call(lib.plx_close)
        self._end()

    def ref(self) -> None:
        """Undoes unref()."""
        self._call(lib.plx_ref)

    def unref(self) -> None:
        """Lets it no longer keep ``run()`` running."""
        self._call(lib.plx_unref)

    def __repr__(self) -> str:
        return f"<{'closed ' if self.closed else ''}{self._kind} of {self._loop!r}>"


class Io(Handle):
    """A descriptor that is watched. See ``Loop.io()``."""

    _kind = "I/O handle"

    def __init__(self, loop: Any, fileobj: Any, interest: int, callback: Callable) -> None:
        super().__init__(loop)
        self._fileobj = fileobj
        self._callback = callable_or_raise(callback, "the callback")
        fd = file_descriptor(fileobj)
        interest = unsigned(interest, 32, "the interest")
        self._start(lib.plx_io_start, fd, interest, _callbacks.io_fn)

    @property
    def fileobj(self) -> Any:
        """What is watched."""
        return self._fileobj

    def set(self, interest: int) -> None:
        """Watches for something else, and arms again what has fired once."""
        self._call(lib.plx_io_set, unsigned(interest, 32, "the interest"))


class Timer(Handle):
    """A timer. See ``Loop.timer()``."""

    _kind = "timer"

    def __init__(self, loop: Any, delay: float, callback: Callable, period: float) -> None:
        super().__init__(loop)
        self._callback = callable_or_raise(callback, "the callback")
        delay_ns = nanoseconds(delay, "the delay")
        self._period_ns = nanoseconds(period, "the period")
        self._active = True
        self._start(lib.plx_timer_start, delay_ns, self._period_ns, _callbacks.timer_fn)

    @property
    def active(self) -> bool:
        """Whether it is set: it will fire, or is periodic."""
        return self._active and not self.closed

    def _fire(self) -> None:
        self._set_active(self._period_ns > 0)
        self._callback(self)

    def _set_active(self, active: bool) -> None:
        # The loop holds a timer that will fire; one that will not belongs to who holds it.
        self._active = active
        if active:
            self._loop._entries[self._key] = self
        else:
            self._loop._entries.pop(self._key, None)

    def set(self, delay: float, period: float = 0) -> None:
        """Sets it anew, whether it has fired or not."""
        delay_ns = nanoseconds(delay, "the delay")
        period_ns = nanoseconds(period, "the period")
        self._call(lib.plx_timer_set, delay_ns, period_ns)
        self._period_ns = period_ns
        self._set_active(True)

    def stop(self) -> None:
        """Stops it until it is set again."""
        self._call(lib.plx_timer_set, -1, 0)
        self._set_active(False)

    def __del__(self) -> None:
        if getattr(self, "_open", False) and not self._loop.closed:
            self._loop._close_unowned(self._number)


class _Quiet:
    """Keeps Python's own handler of SIGINT off while a loop watches the signal.

    The library calls the handler that a program has installed, and Python installs one that raises
    KeyboardInterrupt, which nobody wants who watches SIGINT.
    """

    _count = 0

    @classmethod
    def begin(cls, signo: int) -> bool:
        if signo != signal.SIGINT or threading.current_thread() is not threading.main_thread():
            return False
        if not cls._count:
            if signal.getsignal(signo) is not signal.default_int_handler:
                return False
            signal.signal(signo, signal.SIG_IGN)
        cls._count += 1
        return True

    @classmethod
    def end(cls, signo: int) -> None:
        cls._count -= 1
        # Another thread may not set handlers; there the garbage collector may have closed the loop.
        if not cls._count and signal.getsignal(signo) is signal.SIG_IGN:
            with contextlib.suppress(ValueError):
                signal.signal(signo, signal.default_int_handler)


class Signal(Handle):
    """A signal that is watched. See ``Loop.signal()``."""

    _kind = "signal handle"

    def __init__(self, loop: Any, signo: int, callback: Callable) -> None:
        super().__init__(loop)
        self._callback = callable_or_raise(callback, "the callback")
        self._signo = unsigned(signo, 31, "a signal")
        self._quiet = _Quiet.begin(self._signo)
        try:
            self._start(lib.plx_signal_start, self._signo, _callbacks.signal_fn)
        except BaseException:
            self._be_loud()
            raise

    @property
    def signo(self) -> int:
        """The signal."""
        return self._signo

    def _end(self) -> None:
        super()._end()
        self._be_loud()

    def _be_loud(self) -> None:
        if self._quiet:
            self._quiet = False
            _Quiet.end(self._signo)


class Child(Handle):
    """A child process that is waited for. See ``Loop.child()``."""

    _kind = "child handle"

    def __init__(self, loop: Any, pid: int, callback: Callable) -> None:
        super().__init__(loop)
        self._callback = callable_or_raise(callback, "the callback")
        self._pid = unsigned(pid, 63, "a process")
        self._start(lib.plx_child_start, self._pid, _callbacks.child_fn)

    @property
    def pid(self) -> int:
        """The process."""
        return self._pid


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
        _callbacks.work[self._key] = self
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
