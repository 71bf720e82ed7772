# SPDX-License-Identifier: MIT
"""What the tests share."""

import contextlib
import os
import socket
import sys
import threading
import unittest

import pollux

# Long enough for the slowest machine: a test that gets so far has failed.
LONG = 30


def each_backend(case):
    """Turns a class of tests into one for each backend; `self.backend` is its name."""
    module = sys.modules[case.__module__]
    for backend in pollux.backends():
        name = f"{case.__name__}_{backend}"
        own = {"backend": backend, "__module__": case.__module__, "__qualname__": name}
        setattr(module, name, type(case)(name, (case,), own))


class TestCase(unittest.TestCase):
    def pair(self):
        """Two connected sockets that do not block."""
        ends = socket.socketpair()
        for end in ends:
            self.addCleanup(end.close)
            end.setblocking(False)
        return ends

    def has(self, capability):
        return bool(pollux.capabilities(self.backend) & capability)

    def needs(self, capability, what):
        if not self.has(capability):
            self.skipTest(f"{self.backend} has no {what}")

    def thread(self, function):
        """Runs a function in a thread, whose exception is the test's."""
        outcome = []

        def body():
            try:
                outcome.append((function(), None))
            except BaseException as error:
                outcome.append((None, error))

        thread = threading.Thread(target=body, daemon=True)
        thread.start()

        def result():
            thread.join(LONG)
            self.assertFalse(thread.is_alive(), "the thread has not ended")
            value, error = outcome[0]
            if error is not None:
                raise error
            return value

        return result

    def in_child(self, function):
        """Whether a function gives True in a child process."""
        pid = os.fork()
        if pid == 0:
            status = 1
            with contextlib.suppress(BaseException):
                status = 0 if function() is True else 2
            os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
