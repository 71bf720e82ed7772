# SPDX-License-Identifier: MIT
"""The end of loops that nobody closes: forgotten ones, and those that the interpreter leaves."""

from __future__ import annotations

import _thread
import atexit
import threading
import time
import weakref
from typing import Any, Set

from ._common import Resource

loops: weakref.WeakSet = weakref.WeakSet()
_forgotten: Set[Any] = set()
# For threads that still run a loop at the end.
_SECONDS_TO_STOP = 5


def dispose_elsewhere(loop: Any) -> None:
    """Ends a loop with work. The garbage collector may have been called in a thread of the loop's
    own pool, which would wait for itself."""

    def dispose() -> None:
        loop._dispose()
        _forgotten.discard(loop)

    _forgotten.add(loop)
    try:
        _thread.start_new_thread(dispose, ())
    except RuntimeError:
        dispose()


@atexit.register
def _close_what_is_left() -> None:
    """What C calls needs an interpreter: work has to end, and loops to stop, before that does."""
    left = list(loops)
    for loop in left:
        # In any thread: a daemon's run() returns.
        Resource.close(loop)
        # This thread is in no call any more, though a handler of a signal may have kept it from
        # counting itself out.
        if all(user == threading.get_ident() for user in list(loop._users)):
            loop._dispose()
    # A callback may block for ever; work is waited for.
    end = time.monotonic() + _SECONDS_TO_STOP
    for loop in left + list(_forgotten):
        while loop._is_ending() and (time.monotonic() < end or not loop._owned):
            time.sleep(0.001)
