# SPDX-License-Identifier: MIT
"""Lets handlers of signals run while a loop waits.

C's loop goes on after a signal by itself, so Python's handlers, which the interpreter runs between
two of its own instructions, would have to wait as well.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from typing import Any, Iterator

from ._ffi import PLX_READABLE


class Wakeup:
    """A pair of sockets: Python's C handler writes each signal's number, and the loop reads."""

    def __init__(self, loop: Any) -> None:
        self._previous = -1
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        try:
            self.handle = loop.io(self._reader, PLX_READABLE, self._drain)
        except BaseException:
            self.close()
            raise
        self.handle.unref()

    def _drain(self, handle: Any, events: int) -> None:
        # The handlers of signals have run when this function was entered.
        with contextlib.suppress(OSError):
            numbers = self._reader.recv(4096)
            if self._previous >= 0:
                os.write(self._previous, numbers)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Only in the main thread. Who had asked for the numbers before gets them too."""
        mine = self._writer.fileno()
        self._previous = signal.set_wakeup_fd(mine, warn_on_full_buffer=False)
        try:
            yield
        finally:
            current = signal.set_wakeup_fd(self._previous)
            if current != mine:
                signal.set_wakeup_fd(current)

    def close(self) -> None:
        self._reader.close()
        self._writer.close()
