# SPDX-License-Identifier: MIT
"""Loop: the end of those that nobody closes, and what is kept until then."""

import gc
import os
import subprocess
import sys
import threading
import time
import unittest
import warnings
import weakref

import pollux
from pollux import _callbacks
from support import LONG, TestCase, each_backend


def collect_until(condition):
    end = time.monotonic() + LONG
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        while not condition() and time.monotonic() < end:
            gc.collect()
            time.sleep(0.001)
    return condition()


@each_backend
class ForgottenTest(TestCase):
    def test_a_loop_with_work_is_closed_when_it_is_forgotten(self):
        loop = pollux.Loop(self.backend)
        has_run = threading.Event()
        loop.work(has_run.set, done=lambda handle: loop.stop())
        self.assertTrue(has_run.wait(LONG))
        forgotten = weakref.ref(loop)
        del loop
        self.assertTrue(collect_until(lambda: forgotten() is None and not _callbacks.work))

    def test_it_may_be_collected_in_a_thread_of_its_own_pool(self):
        class Collecting(dict):
            def __getitem__(self, key):
                is_forgotten.wait(LONG)
                pool.append(threading.get_ident())
                gc.collect()
                is_collected.set()
                return super().__getitem__(key)

        def forget():
            loop = pollux.Loop(self.backend)
            destroy = loop._destroy
            loop._destroy = lambda pointer: (ends.append(threading.get_ident()), destroy(pointer))
            loop.work(called.append, 1)
            return weakref.ref(loop)

        called, pool, ends, known = [], [], [], _callbacks.work
        is_forgotten, is_collected = threading.Event(), threading.Event()
        _callbacks.work = Collecting(known)
        gc.disable()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                forgotten = forget()
                is_forgotten.set()
                self.assertTrue(is_collected.wait(LONG))
            self.assertIsNone(forgotten())
            self.assertTrue(collect_until(lambda: not _callbacks.work))
        finally:
            gc.enable()
            _callbacks.work = known
        self.assertEqual((called, len(ends)), ([], 1))
        self.assertNotEqual(ends, pool)

    def test_the_next_loop_may_have_the_address_of_one_that_ends(self):
        loop = pollux.Loop(self.backend)
        destroy, known = loop._destroy, []

        def destroyed(pointer):
            known.append(pointer in _callbacks.loops)
            destroy(pointer)

        loop._destroy = destroyed
        loop.close()
        self.assertEqual(known, [False])


@each_backend
class InterpreterTest(TestCase):
    def run_program(self, *lines):
        package = os.path.dirname(os.path.dirname(os.path.abspath(pollux.__file__)))
        code = "\n".join(("import os, pollux, sys, threading, time",) + lines)
        return subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, self.backend],
            env=dict(os.environ, PYTHONPATH=package, PYTHONDONTWRITEBYTECODE="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONG,
            universal_newlines=True,
        )

    def test_loops_that_daemon_threads_run_are_stopped_before_it_ends(self):
        done = self.run_program(
            "ended = []",
            "def body():",
            "    loop = pollux.Loop(sys.argv[1])",
            "    loop.timer(0, lambda timer: None, 0.0001)",
            "    loop.work(time.sleep, 0.2)",
            "    loop.run()",
            "    ended.append(loop.closed)",
            "import atexit, pollux._ending as ending",
            "atexit.unregister(ending._close_what_is_left)",
            "def show():",
            "    while len(ended) < 3: time.sleep(0.001)",
            "    print(ended)",
            "atexit.register(show)",
            "atexit.register(ending._close_what_is_left)",
            "for _ in range(3): threading.Thread(target=body, daemon=True).start()",
            "time.sleep(0.1)",
        )
        self.assertEqual((done.returncode, done.stdout), (0, "[True, True, True]\n"))

    def test_a_child_process_ends_though_a_thread_of_the_parent_was_ending_a_loop(self):
        done = self.run_program(
            "loop = pollux.Loop(sys.argv[1])",
            "has_begun = threading.Event()",
            "loop.work(lambda: (has_begun.set(), time.sleep(0.3)))",
            "has_begun.wait()",
            "def end(): loop.adopt(); loop.close()",
            "threading.Thread(target=end).start()",
            "while loop._owned: time.sleep(0.001)",
            "pid = os.fork()",
            "if pid: print(os.waitpid(pid, 0)[1])",
        )
        self.assertEqual((done.returncode, done.stdout), (0, "0\n"))


if __name__ == "__main__":
    unittest.main()
