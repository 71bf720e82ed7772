# SPDX-License-Identifier: MIT
"""What C calls: one function for each kind of callback, made once and never given up.

`user` is the key of an entry, so that no pointer to a Python object is ever in C's hands. Nothing
can be raised through C: an exception is kept by the loop, which stops and raises it from run().
"""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any, Callable, Dict, Iterator

from . import _ffi

# Loops by address, as weak references: a loop that is forgotten can still be collected.
loops: Dict[int, Callable[[], Any]] = {}
# Work by key: a thread of the pool knows nothing else. Weak as well, for work refers to its loop.
work: Dict[int, Callable[[], Any]] = {}


def _entry(address: int, key: int) -> Any:
    """The handle that is called, or None if a callback has closed the loop in this iteration."""
    loop = loops[address]()
    return None if loop._closed else loop._entries[key]


def _failed(address: int, failure: BaseException) -> None:
    loops[address]()._keep_failure(failure)


def _on_io(*args: int) -> None:
    try:
        handle = _entry(args[0], args[3])
        if handle is not None:
            handle._callback(handle, args[2])
    except BaseException as failure:
        _failed(args[0], failure)


def _on_timer(*args: int) -> None:
    try:
        handle = _entry(args[0], args[2])
        if handle is not None:
            handle._fire()
    except BaseException as failure:
        _failed(args[0], failure)


def _on_signal(*args: int) -> None:
    try:
        handle = _entry(args[0], args[3])
        if handle is not None:
            handle._callback(handle, args[2])
    except BaseException as failure:
        _failed(args[0], failure)


def _on_child(*args: int) -> None:
    try:
        handle = _entry(args[0], args[3])
        if handle is not None:
            handle._end()
            handle._callback(handle, args[2])
    except BaseException as failure:
        _failed(args[0], failure)


def _on_post(*args: int) -> None:
    try:
        loop = loops[args[0]]()
        function, arguments = loop._posts.pop(args[1])
        if not loop._closed:
            function(*arguments)
    except BaseException as failure:
        _failed(args[0], failure)


def _on_work(*args: int) -> None:
    # In a thread of the pool. With a loop that is being collected nobody waits for it.
    handle = work[args[0]]()
    if handle is not None:
        handle._run()


def _on_done(*args: int) -> None:
    try:
        handle = _entry(args[0], args[3])
        if handle is not None:
            handle._finish(args[2])
    except BaseException as failure:
        _failed(args[0], failure)


def _on_resolved(*args: Any) -> None:
    try:
        handle = _entry(args[0], args[5])
        if handle is not None:
            handle._finish(args[2], args[3][: args[4]] if args[4] else [])
    except BaseException as failure:
        _failed(args[0], failure)


def _on_file(*args: int) -> None:
    try:
        handle = _entry(args[0], args[3])
        if handle is not None:
            handle._finish(args[2])
    except BaseException as failure:
        _failed(args[0], failure)


def _on_trace(*args: Any) -> None:
    try:
        loop = loops[args[0]]()
        if not loop._closed:
            loop._traced(args[1].contents)
    except BaseException as failure:
        _failed(args[0], failure)


io_fn = _ffi.plx_io_fn(_on_io)
timer_fn = _ffi.plx_timer_fn(_on_timer)
signal_fn = _ffi.plx_signal_fn(_on_signal)
child_fn = _ffi.plx_child_fn(_on_child)
post_fn = _ffi.plx_post_fn(_on_post)
work_fn = _ffi.plx_work_fn(_on_work)
done_fn = _ffi.plx_done_fn(_on_done)
resolve_fn = _ffi.plx_resolve_fn(_on_resolved)
file_fn = _ffi.plx_file_fn(_on_file)
trace_fn = _ffi.plx_trace_fn(_on_trace)
no_trace_fn = _ffi.plx_trace_fn()

# Those that run in the loop's thread, by their code.
_in_loop = {
    function.__code__: function
    for function in (
        _on_io,
        _on_timer,
        _on_signal,
        _on_child,
        _on_post,
        _on_done,
        _on_resolved,
        _on_file,
        _on_trace,
    )
}


def _catch(unraisable: Any) -> bool:
    """Takes what was raised in one of the functions above, but outside of its `try`.

    Since Python 3.11 handlers of signals run when a function is entered, before its `try`, and what
    they raise is C's caller's to ignore: a KeyboardInterrupt would be lost, and the call with it.
    """
    traceback = unraisable.exc_traceback
    if traceback is None or traceback.tb_frame.f_code not in _in_loop:
        return False
    code = traceback.tb_frame.f_code
    args = traceback.tb_frame.f_locals["args"]
    _failed(args[0], unraisable.exc_value)
    if traceback.tb_lineno == code.co_firstlineno:
        _in_loop[code](*args)
    return True


class _Hook:
    """One for the process, so that it is never put before itself."""

    def __init__(self) -> None:
        self.previous = sys.unraisablehook

    def __call__(self, unraisable: Any) -> None:
        if not _catch(unraisable):
            self.previous(unraisable)


_hook = _Hook()


@contextlib.contextmanager
def exceptions_of_signals() -> Iterator[None]:
    """Around calls that run callbacks, in the thread in which Python runs handlers of signals."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or sys.unraisablehook is _hook:
        yield
        return
    try:
        _hook.previous = sys.unraisablehook
        sys.unraisablehook = _hook
        yield
    finally:
        if sys.unraisablehook is _hook:
            sys.unraisablehook = _hook.previous
