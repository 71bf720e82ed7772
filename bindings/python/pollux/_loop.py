# SPDX-License-Identifier: MIT
"""The event loop: one thread that runs callbacks."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import weakref
from ctypes import byref, c_int64, sizeof
from typing import Any, Callable, Dict, Iterator, NamedTuple, Optional

from . import _callbacks, _ending, _ffi, _handles, _tasks
from ._common import Resource, backend_name, create, unsigned
from ._ffi import lib
from ._wakeup import Wakeup

_post_keys = itertools.count(1)

LoopStats = NamedTuple(
    "LoopStats", [(field[0], int) for field in _ffi.plx_loop_stats._fields_[1:]]
)
LoopStats.__doc__ = "What a loop has done and has to do, as plx_loop_stats."


class TraceEvent(NamedTuple):
    """One callback, as a trace shows it; ``number`` is its handle's, 0 for a post."""

    kind: str
    number: int
    start_ns: int
    duration_ns: int
    events: int


class Loop(Resource):
    """Runs callbacks for I/O, timers, signals, children and work, in the thread that made it.

    Only post(), stop() and closed may be used in other threads; anything else there is a
    RuntimeError. adopt() hands a loop that is not running over to another thread. An exception in a
    callback ends the run after the iteration and is raised from run().
    """

    _what = "loop"

    def __init__(
        self,
        backend: Optional[str] = None,
        *,
        required: int = 0,
        work_threads: int = 0,
        events_per_wait: int = 0,
        time_callbacks: bool = False,
    ) -> None:
        """``work_threads`` is how many the pool may have, 0 for 4; see plx_loop_options."""
        options = _ffi.plx_loop_options()
        options.required_capabilities = unsigned(required, 32, "required")
        options.flags = _ffi.PLX_LOOP_TIME_CALLBACKS if time_callbacks else 0
        options.work_threads = unsigned(work_threads, 32, "work_threads")
        options.events_per_wait = unsigned(events_per_wait, 32, "events_per_wait")
        pointer = create(lib.plx_loop_create, options, backend)
        super().__init__(pointer, lib.plx_loop_destroy)
        self._backend = backend_name(lib.plx_loop_backend(pointer))
        self._thread = threading.get_ident()
        self._running = False
        self._tracing = False
        self._tracer: Optional[Callable[[TraceEvent], Any]] = None
        self._failure: Optional[BaseException] = None
        self._entries: Dict[int, _handles.Handle] = {}
        self._posts: Dict[int, tuple] = {}
        self._wakeup: Optional[Wakeup] = None
        self._is_gone = False
        _callbacks.loops[pointer] = weakref.ref(self)
        _ending.loops.add(self)

    # Life ----------------------------------------------------------------------------------------

    def _enter(self) -> int:
        if threading.get_ident() != self._thread:
            raise RuntimeError(
                "a loop belongs to one thread; others may only call post(), stop() and adopt()"
            )
        if self._tracing:
            raise RuntimeError("a trace callback must not call the loop")
        return super()._enter()

    def _nudge(self, pointer: int) -> None:
        lib.plx_loop_stop(pointer)

    def _dispose(self) -> None:
        if not self._owned:
            return
        # Before its end, for then the next loop may get the same address.
        _callbacks.loops.pop(self._pointer, None)
        super()._dispose()
        for handle in list(self._entries.values()):
            handle._abandon()
        self._posts.clear()
        if self._wakeup is not None:
            self._wakeup.close()
        self._is_gone = True

    def _is_ending(self) -> bool:
        """Whether another thread has still to end it. Those of the parent process are not here."""
        return not self._is_gone and self._process == os.getpid()

    def _dispose_forgotten(self) -> None:
        if any(isinstance(handle, _tasks.Task) for handle in list(self._entries.values())):
            _ending.dispose_elsewhere(self)
        else:
            self._dispose()

    def close(self) -> None:
        """Closes all that was started, and calls no callback. Work that is running is waited for.

        From a callback it takes effect when the iteration is over, and run() returns.
        """
        if not self._closed and threading.get_ident() != self._thread:
            raise RuntimeError("a loop is closed in its own thread; see adopt()")
        super().close()

    def adopt(self) -> None:
        """Hands the loop over to the calling thread. Nobody may be using it meanwhile."""
        if self._closed:
            raise ValueError("the loop is closed")
        if self._running:
            raise RuntimeError("the loop is running")
        self._thread = threading.get_ident()

    def after_fork(self) -> None:
        """In a child process: makes the parent's loop usable, as plx_loop_after_fork().

        Timers, I/O and signals go on; children and work are the parent's, and posts are dropped.
        """
        pointer = self._enter()
        try:
            if os.getpid() == self._process:
                return
            self._check(lib.plx_loop_after_fork(pointer))
            self._process = os.getpid()
            self._posts.clear()
            for handle in list(self._entries.values()):
                if isinstance(handle, (_handles.Child, _tasks.Task)):
                    handle._abandon()
            if self._wakeup is not None:
                # The parent reads from the same sockets.
                self._wakeup.close()
                self._wakeup = None
        finally:
            self._leave()

    def __repr__(self) -> str:
        state = "closed " if self._closed else "running " if self._running else ""
        return f"<{state}{type(self).__name__} over {self._backend}>"

    # Running -------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """The name of the backend in use."""
        return self._backend

    def run(self, mode: int = _ffi.PLX_RUN_DEFAULT) -> bool:
        """Runs until nothing is left to do or stop(); or one iteration with ``RUN_ONCE``, which
        waits, or ``RUN_NOWAIT``.

        Gives whether something is still active, and raises what a callback has raised. Handlers of
        signals run meanwhile, if this is the main thread.
        """
        if mode not in (_ffi.PLX_RUN_DEFAULT, _ffi.PLX_RUN_ONCE, _ffi.PLX_RUN_NOWAIT):
            raise ValueError(f"no such mode: {mode!r}")
        pointer = self._enter()
        try:
            if self._running:
                raise RuntimeError("the loop is running: run() was called from its own callback")
            self._running = True
            try:
                with self._interruptible(mode), _callbacks.exceptions_of_signals():
                    result = lib.plx_loop_run(pointer, mode)
            finally:
                self._running = False
            self._raise_failure_outside_run()
            return not self._closed and self._check(result) > 0
        finally:
            self._leave()

    def stop(self) -> None:
        """Makes run() return after the iteration it is in, or the next one. Any thread."""
        pointer = super()._enter()
        try:
            self._check(lib.plx_loop_stop(pointer))
        finally:
            self._leave()

    def post(self, function: Callable, *args: Any) -> None:
        """Has a function called in the loop's thread. Any thread; not in C's handlers of signals,
        but in Python's."""
        _handles.callable_or_raise(function, "what is posted")
        key = next(_post_keys)
        pointer = super()._enter()
        try:
            self._posts[key] = (function, args)
            result = lib.plx_post(pointer, _callbacks.post_fn, key)
            if result < 0:
                del self._posts[key]
            self._check(result)
        finally:
            self._leave()

    @contextlib.contextmanager
    def _interruptible(self, mode: int) -> Iterator[None]:
        in_main = threading.current_thread() is threading.main_thread()
        if mode == _ffi.PLX_RUN_NOWAIT or not in_main:
            yield
            return
        if self._wakeup is None:
            self._wakeup = Wakeup(self)
        with self._wakeup.installed():
            yield

    def _keep_failure(self, failure: BaseException) -> None:
        if self._failure is None:
            self._failure = failure
            if self._running:
                lib.plx_loop_stop(self._pointer)
            return
        # Only one can be raised; a further one of the same iteration is at least told.
        import logging

        text = "a further exception in a callback of %r, whose run() raises the first"
        logging.getLogger("pollux").error(text, self, exc_info=failure)

    def _raise_failure_outside_run(self) -> None:
        if self._running or self._failure is None:
            return
        failure, self._failure = self._failure, None
        try:
            raise failure
        finally:
            del failure

    # Time and embedding --------------------------------------------------------------------------

    def _number(self, function: Callable) -> int:
        pointer = self._enter()
        try:
            return self._check(function(pointer))
        finally:
            self._leave()

    def now(self) -> float:
        """The loop's time in seconds: the monotonic clock, read once after each wait."""
        return self._number(lib.plx_loop_now) / 1e9

    def update_now(self) -> float:
        """Sets now() to the clock, and gives it."""
        return self._number(lib.plx_loop_update_now) / 1e9

    def fileno(self) -> int:
        """A descriptor that is readable when ``RUN_NOWAIT`` has something to run, to embed the
        loop in another one. OSError with ENOTSUP where the backend has none."""
        return self._number(lib.plx_loop_fd)

    def next_deadline(self) -> Optional[float]:
        """When run() is due at the latest, on the clock of now(): None if nothing has a deadline,
        and 0.0 if something is to be done already."""
        out = c_int64()
        pointer = self._enter()
        try:
            self._check(lib.plx_loop_next_deadline(pointer, byref(out)))
        finally:
            self._leave()
        return None if out.value < 0 else out.value / 1e9

    # What can be started -------------------------------------------------------------------------

    def io(self, fileobj: Any, interest: int, callback: Callable) -> _handles.Io:
        """Watches a descriptor: ``callback(handle, events)`` when it is ready."""
        return _handles.Io(self, fileobj, interest, callback)

    def timer(self, delay: float, callback: Callable, period: float = 0) -> _handles.Timer:
        """``callback(handle)`` after that many seconds, and again after each period."""
        return _handles.Timer(self, delay, callback, period)

    def signal(self, signo: int, callback: Callable) -> _handles.Signal:
        """``callback(handle, signo)`` after a signal has arrived.

        A handler that was installed with the signal module runs too. Only Python's own for SIGINT
        does not, so that there is no KeyboardInterrupt besides.
        """
        return _handles.Signal(self, signo, callback)

    def child(self, pid: int, callback: Callable) -> _handles.Child:
        """``callback(handle, status)`` when a child process has ended, which is thereby reaped.

        ``os.waitstatus_to_exitcode()`` tells what the status means.
        """
        return _handles.Child(self, pid, callback)

    def work(
        self, function: Callable, *args: Any, done: Optional[Callable] = None
    ) -> _tasks.Work:
        """Runs a function in a thread of the pool, then ``done(handle)`` in the loop's thread.

        ``handle.result()`` is what it has returned, or raises what it has raised. Without ``done``
        an exception ends the run.
        """
        return _tasks.Work(self, function, args, done)

    def resolve(
        self, host: str, service: Any, done: Callable, *, family: int = 0
    ) -> _tasks.Resolve:
        """Resolves a name in the pool, then calls ``done(handle)``.

        ``handle.result()`` is a list of :class:`Address`, or raises ``socket.gaierror``. The
        service is a number, a name or None; the family 0, ``AF_INET`` or ``AF_INET6``.
        """
        return _tasks.Resolve(self, host, service, done, family)

    def file_read(
        self, fileobj: Any, size: int, offset: int, done: Callable
    ) -> _tasks.FileRead:
        """Reads from a file in the pool; ``handle.result()`` in ``done(handle)`` is the bytes."""
        return _tasks.FileRead(self, fileobj, size, offset, done)

    def file_write(
        self, fileobj: Any, data: Any, offset: int, done: Optional[Callable] = None
    ) -> _tasks.FileWrite:
        """Writes to a file in the pool; ``handle.result()`` is the number of bytes."""
        return _tasks.FileWrite(self, fileobj, data, offset, done)

    def _close_unowned(self, number: int) -> None:
        """Closes what nobody holds; the garbage collector calls this in any thread."""
        # A loop that is being closed closes it too.
        with contextlib.suppress(OSError, ValueError):
            if threading.get_ident() != self._thread or self._tracing:
                self.post(lib.plx_close, self._pointer, number)
                return
            pointer = self._enter()
            try:
                lib.plx_close(pointer, number)
            finally:
                self._leave()

    # Looking on ----------------------------------------------------------------------------------

    def stats(self) -> LoopStats:
        """What the loop has done and has to do."""
        out = _ffi.plx_loop_stats()
        out.struct_size = sizeof(out)
        pointer = self._enter()
        try:
            self._check(lib.plx_loop_stats_get(pointer, byref(out)))
        finally:
            self._leave()
        if self._wakeup is not None:
            out.io_handles -= 1
        return LoopStats._make(getattr(out, name) for name in LoopStats._fields)

    def trace(self, callback: Optional[Callable[[TraceEvent], Any]]) -> None:
        """Has ``callback(event)`` called after each callback, None for no more.

        It must not call the loop.
        """
        if callback is not None:
            _handles.callable_or_raise(callback, "the callback")
        pointer = self._enter()
        try:
            function = _callbacks.no_trace_fn if callback is None else _callbacks.trace_fn
            self._check(lib.plx_loop_trace(pointer, function, None))
            self._tracer = callback
        finally:
            self._leave()

    def _traced(self, event: _ffi.plx_trace_event) -> None:
        internal = self._wakeup is not None and self._wakeup.handle.number == event.handle
        if self._tracer is None or internal:
            return
        self._tracing = True
        try:
            kind = event.name.decode()
            self._tracer(
                TraceEvent(kind, event.handle, event.start_ns, event.duration_ns, event.events)
            )
        finally:
            self._tracing = False
