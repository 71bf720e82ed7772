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
        self._is_installed = False
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
        try:
            self._is_installed = True
            previous = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
            # A handler that raises may have kept the last time from being undone.
            if previous != self._writer.fileno():
                self._previous = previous
            yield
        finally:
            self._uninstall()

    def _uninstall(self) -> None:
        current = signal.set_wakeup_fd(-1)
        wanted = self._previous if current == self._writer.fileno() else current
        if wanted >= 0:
            # It may have been closed.
            with contextlib.suppress(OSError, ValueError):
                signal.set_wakeup_fd(wanted)
        self._is_installed = False

    def close(self) -> None:
        if self._is_installed:
            # Another thread may not do that, and there nothing is left to undo.
            with contextlib.suppress(ValueError):
                self._uninstall()
        self._reader.close()
        self._writer.close()
