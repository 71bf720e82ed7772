# SPDX-License-Identifier: MIT
"""Loop: work, names and files in the pool."""

import errno
import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import pollux
from pollux import RUN_NOWAIT
from support import LONG, TestCase, each_backend


class PoolCase(TestCase):
    def setUp(self):
        self.loop = pollux.Loop(self.backend, work_threads=2)
        self.addCleanup(self.loop.close)
        self.results = []

    def keep(self, handle):
        """A `done` that keeps the result or the exception."""
        try:
            self.results.append(handle.result())
        except Exception as error:
            self.results.append(error)


@each_backend
class WorkTest(PoolCase):
    def test_work_runs_in_another_thread_and_done_in_the_loops(self):
        threads = []

        def done(handle):
            threads.append(threading.get_ident())
            self.keep(handle)

        self.loop.work(lambda a, b: (threads.append(threading.get_ident()), a + b)[1], 3, 4,
                       done=done)
        self.assertFalse(self.loop.run())
        self.assertEqual(self.results, [7])
        self.assertNotEqual(threads[0], threading.get_ident())
        self.assertEqual(threads[1], threading.get_ident())

    def test_pieces_of_work_run_at_the_same_time(self):
        barrier = threading.Barrier(2)
        for _ in range(2):
            self.loop.work(barrier.wait, LONG, done=self.keep)
        self.loop.run()
        self.assertEqual(sorted(self.results), [0, 1])

    def test_what_work_raises_is_its_result(self):
        self.loop.work(int, "x", done=self.keep)
        self.loop.run()
        self.assertIsInstance(self.results[0], ValueError)

    def test_without_done_what_work_raises_ends_the_run(self):
        self.loop.work(int, "x")
        self.assertRaises(ValueError, self.loop.run)
        self.loop.work(int, "3")
        self.assertFalse(self.loop.run())

    def test_a_result_is_not_there_before_the_end(self):
        release = threading.Event()
        handle = self.loop.work(release.wait, LONG, done=self.keep)
        self.assertRaises(RuntimeError, handle.result)
        self.assertFalse(handle.finished)
        release.set()
        self.loop.run()
        self.assertTrue(handle.finished)
        self.assertTrue(handle.closed)
        self.assertIs(handle.result(), True)

    def test_work_that_has_not_begun_is_cancelled_within_close(self):
        release, running = threading.Event(), [threading.Event() for _ in range(2)]
        for event in running:
            self.loop.work(lambda e=event: (e.set(), release.wait(LONG)))
        for event in running:
            event.wait(LONG)
        handle = self.loop.work(self.fail, done=self.keep)
        handle.close()
        self.assertTrue(handle.cancelled)
        self.assertEqual(self.results[0].errno, errno.ECANCELED)
        release.set()
        self.assertFalse(self.loop.run())
        self.assertEqual(len(self.results), 1)

    def test_what_done_raises_within_close_is_raised_from_close(self):
        release, running = threading.Event(), [threading.Event() for _ in range(2)]
        for event in running:
            self.loop.work(lambda e=event: (e.set(), release.wait(LONG)))
        for event in running:
            event.wait(LONG)

        def done(handle):
            raise LookupError

        handle = self.loop.work(self.fail, done=done)
        self.assertRaises(LookupError, handle.close)
        release.set()
        self.assertFalse(self.loop.run())

    def test_work_that_runs_cannot_be_taken_back(self):
        release, running = threading.Event(), threading.Event()
        handle = self.loop.work(lambda: (running.set(), release.wait(LONG)), done=self.keep)
        running.wait(LONG)
        with self.assertRaises(OSError) as caught:
            handle.close()
        self.assertEqual(caught.exception.errno, errno.EBUSY)
        release.set()
        self.loop.run()
        self.assertEqual(len(self.results), 1)

    def test_work_may_post_to_the_loop_and_must_not_do_more(self):
        def work():
            self.loop.post(self.results.append, "posted")
            self.loop.timer(0, self.keep)

        self.loop.work(work, done=self.keep)
        self.loop.run()
        self.assertIn("posted", self.results)
        self.assertTrue(any(isinstance(result, RuntimeError) for result in self.results))

    def test_a_loop_that_is_closed_waits_for_the_work_that_runs(self):
        running, ended = threading.Event(), []

        def work():
            running.set()
            threading.Event().wait(0.1)
            ended.append(True)

        handle = self.loop.work(work, done=self.keep)
        running.wait(LONG)
        self.loop.close()
        self.assertEqual(ended, [True])
        self.assertEqual(self.results, [])
        self.assertTrue(handle.cancelled)

    def test_work_that_nobody_holds_is_not_lost(self):
        for number in range(200):
            self.loop.work(lambda n=number: self.results.append(n))
        self.loop.run()
        self.assertEqual(sorted(self.results), list(range(200)))
        self.assertEqual(self.loop.stats().work_handles, 0)
        self.assertEqual(pollux._callbacks.work, {})

    def test_an_interpreter_may_end_while_work_runs(self):
        code = (
            "import pollux, time\n"
            f"loop = pollux.Loop({self.backend!r})\n"
            "loop.work(lambda: (time.sleep(0.2), print('ended')))\n"
            "time.sleep(0.1)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], env=program_environment(),
                              stdout=subprocess.PIPE, timeout=LONG)
        self.assertEqual((done.returncode, done.stdout.split()), (0, [b"ended"]))


def program_environment():
    package = os.path.dirname(os.path.dirname(os.path.abspath(pollux.__file__)))
    return dict(os.environ, PYTHONPATH=package)


@each_backend
class ResolveTest(PoolCase):
    def test_a_numeric_address_is_its_own(self):
        self.loop.resolve("127.0.0.1", 80, self.keep)
        self.loop.run()
        self.assertEqual(self.results, [[(socket.AF_INET, ("127.0.0.1", 80))]])

    def test_an_address_of_IPv6_has_its_four_parts(self):
        self.loop.resolve("::1", None, self.keep, family=socket.AF_INET6)
        self.loop.run()
        self.assertEqual(self.results, [[(socket.AF_INET6, ("::1", 0, 0, 0))]])

    def test_what_it_finds_can_be_connected_to(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.loop.resolve("localhost", server.getsockname()[1], self.keep,
                              family=socket.AF_INET)
            self.loop.run()
            family, sockaddr = self.results[0][0]
            with socket.socket(family) as client:
                client.connect(sockaddr)

    def test_an_address_of_another_family_is_an_error_of_getaddrinfo(self):
        self.loop.resolve("127.0.0.1", 80, self.keep, family=socket.AF_INET6)
        self.loop.run()
        self.assertIsInstance(self.results[0], socket.gaierror)
        self.assertEqual(self.results[0].errno, socket.EAI_NONAME)

    def test_wrong_arguments_are_refused(self):
        self.assertRaises(TypeError, self.loop.resolve, b"localhost", 80, self.keep)
        self.assertRaises(ValueError, self.loop.resolve, "local\0host", 80, self.keep)
        self.assertRaises(ValueError, self.loop.resolve, "localhost", 80, self.keep, family=77)
        self.assertRaises(TypeError, self.loop.resolve, "localhost", 80, None)
        self.assertFalse(self.loop.run(RUN_NOWAIT))


@each_backend
class FileTest(PoolCase):
    def setUp(self):
        super().setUp()
        self.file = tempfile.TemporaryFile()
        self.addCleanup(self.file.close)

    def test_what_is_written_is_read(self):
        def read(handle):
            self.keep(handle)
            self.loop.file_read(self.file, 100, 1, self.keep)

        self.loop.file_write(self.file, bytearray(b"hello"), 0, read)
        self.loop.run()
        self.assertEqual(self.results, [5, b"ello"])

    def test_the_end_of_the_file_is_empty(self):
        self.loop.file_read(self.file, 10, 0, self.keep)
        self.loop.run()
        self.assertEqual(self.results, [b""])

    def test_much_is_read_whole(self):
        data = os.urandom(1 << 20)
        self.file.write(data)
        self.file.flush()
        self.loop.file_read(self.file, len(data), 0, self.keep)
        self.loop.run()
        self.assertEqual(self.results, [data])

    def test_an_error_of_the_file_is_the_result(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        self.loop.file_read(reader, 1, 0, self.keep)
        self.loop.run()
        self.assertEqual(self.results[0].errno, errno.ESPIPE)

    def test_an_error_that_nobody_asks_for_ends_the_run(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        self.loop.file_write(writer, b"x", 0)
        self.assertRaises(OSError, self.loop.run)

    def test_wrong_arguments_are_refused(self):
        self.assertRaises(ValueError, self.loop.file_read, self.file, -1, 0, self.keep)
        self.assertRaises(ValueError, self.loop.file_read, self.file, 1, -1, self.keep)
        self.assertRaises(TypeError, self.loop.file_read, self.file, 1, 0, None)
        self.assertRaises(TypeError, self.loop.file_write, self.file, "text", 0)
        self.assertRaises(ValueError, self.loop.file_write, "name", b"x", 0)
        self.assertFalse(self.loop.run(RUN_NOWAIT))


if __name__ == "__main__":
    unittest.main()
