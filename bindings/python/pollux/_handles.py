# SPDX-License-Identifier: MIT
"""What is started on a loop and told by the backend: I/O, timers, signals, children."""

from __future__ import annotations

import contextlib
import itertools
import signal
import threading
from ctypes import byref, c_uint64
from typing import Any, Callable, ClassVar

from . import _callbacks
from ._common import file_descriptor, nanoseconds, unsigned
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
        # A handler of a signal may have raised after C had closed it the last time.
        with contextlib.suppress(FileNotFoundError):
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
