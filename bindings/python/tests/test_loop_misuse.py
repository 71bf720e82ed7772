# SPDX-License-Identifier: MIT
"""Loop: exceptions in callbacks, and what a user can do wrong."""

import errno
import gc
import signal
import threading
import unittest
import weakref

import pollux
from pollux import READABLE, RUN_NOWAIT, RUN_ONCE, WRITABLE
from support import TestCase, each_backend


class Failure(Exception):
    pass


def fail(*_):
    raise Failure


class LoopCase(TestCase):
    def setUp(self):
        self.loop = pollux.Loop(self.backend)
        self.addCleanup(self.loop.close)
        self.near, self.far = self.pair()


@each_backend
class ExceptionsTest(LoopCase):
    def test_what_a_callback_raises_is_raised_from_run(self):
        self.loop.trace(None)
        self.loop.timer(0, fail)
        self.assertRaises(Failure, self.loop.run)
        self.loop.post(fail)
        self.assertRaises(Failure, self.loop.run)
        handle = self.loop.io(self.near, WRITABLE, fail)
        self.assertRaises(Failure, self.loop.run)
        handle.close()
        handle = self.loop.signal(signal.SIGUSR1, fail)
        self.loop.post(signal.raise_signal, signal.SIGUSR1)
        self.assertRaises(Failure, self.loop.run)
        handle.close()
        self.loop.work(int, done=fail)
        self.assertRaises(Failure, self.loop.run)
        self.loop.trace(fail)
        self.loop.post(int)
        self.assertRaises(Failure, self.loop.run)

    def test_the_loop_can_be_run_again_afterwards(self):
        seen = []
        self.loop.timer(0, fail)
        self.loop.timer(0.001, seen.append)
        self.assertRaises(Failure, self.loop.run)
        self.assertFalse(self.loop.run())
        self.assertEqual(len(seen), 1)

    def test_the_first_exception_is_raised_and_a_further_one_is_logged(self):
        self.loop.post(fail)
        self.loop.post(int, "x")
        with self.assertLogs("pollux") as logs:
            self.assertRaises(Failure, self.loop.run)
        self.assertIn("ValueError", logs.output[0])

    def test_leaving_the_interpreter_is_raised_too(self):
        self.loop.post(exit)
        self.assertRaises(SystemExit, self.loop.run)

    def test_nothing_is_kept_of_an_exception_that_was_raised(self):
        class Marked(Exception):
            pass

        def callback():
            error = Marked()
            marks.append(weakref.ref(error))
            raise error

        marks = []
        self.loop.post(callback)
        try:
            self.loop.run()
        except Marked:
            pass
        gc.collect()
        self.assertIsNone(marks[0]())


@each_backend
class MisuseTest(LoopCase):
    def test_another_thread_may_only_post_and_stop(self):
        timer = self.loop.timer(1000, fail)
        for call in (
            self.loop.run,
            self.loop.close,
            self.loop.now,
            self.loop.stats,
            self.loop.next_deadline,
            self.loop.after_fork,
            lambda: self.loop.timer(0, fail),
            lambda: self.loop.io(self.near, READABLE, fail),
            lambda: self.loop.work(int),
            timer.close,
            timer.ref,
            lambda: timer.set(0),
        ):
            self.assertRaisesRegex(RuntimeError, "thread", self.thread(call))
        self.thread(self.loop.stop)()
        self.thread(lambda: self.loop.post(int))()
        self.assertTrue(self.loop.run())

    def test_a_loop_can_be_handed_over_while_it_does_not_run(self):
        def other():
            self.loop.adopt()
            self.loop.post(int)
            self.loop.run()
            self.loop.close()

        self.loop.post(self.thread_refuses_to_adopt)
        self.loop.run()
        self.thread(other)()
        self.assertTrue(self.loop.closed)
        self.assertRaises(ValueError, self.loop.adopt)

    def thread_refuses_to_adopt(self):
        self.assertRaises(RuntimeError, self.thread(self.loop.adopt))

    def test_run_in_a_callback_is_a_runtime_error(self):
        self.loop.post(self.loop.run)
        self.assertRaisesRegex(RuntimeError, "running", self.loop.run)

    def test_a_callback_may_run_another_loop(self):
        seen = []
        with pollux.Loop(self.backend) as inner:
            inner.timer(0, seen.append)
            self.loop.post(inner.run)
            self.loop.post(fail)
            self.assertRaises(Failure, self.loop.run)
        self.assertEqual(len(seen), 1)

    def test_a_trace_must_not_call_the_loop(self):
        self.loop.trace(lambda event: self.loop.now())
        self.loop.post(int)
        self.assertRaisesRegex(RuntimeError, "trace", self.loop.run)

    def test_use_of_a_closed_loop_is_a_value_error(self):
        timer = self.loop.timer(0, fail)
        self.loop.close()
        self.loop.close()
        for call in (
            self.loop.run,
            self.loop.stop,
            self.loop.now,
            self.loop.update_now,
            self.loop.fileno,
            self.loop.stats,
            self.loop.next_deadline,
            self.loop.after_fork,
            self.loop.__enter__,
            lambda: self.loop.post(int),
            lambda: self.loop.timer(0, fail),
            lambda: self.loop.trace(None),
            timer.ref,
            lambda: timer.set(0),
        ):
            self.assertRaisesRegex(ValueError, "closed", call)
        self.assertTrue(timer.closed)
        timer.close()

    def test_use_of_a_closed_handle_is_a_value_error(self):
        handle = self.loop.io(self.near, READABLE, fail)
        handle.close()
        handle.close()
        for call in (handle.ref, handle.unref, lambda: handle.set(READABLE)):
            self.assertRaisesRegex(ValueError, "closed", call)
        self.loop.io(self.near, READABLE, fail).close()

    def test_a_callback_may_close_the_loop_and_no_further_one_runs(self):
        self.loop.post(self.loop.close)
        self.loop.post(fail)
        self.loop.timer(1000, fail)
        self.assertFalse(self.loop.run())
        self.assertRaises(ValueError, self.loop.run)

    def test_posting_from_other_threads_while_the_loop_is_closed_does_no_harm(self):
        def post():
            while True:
                try:
                    self.loop.post(int)
                except ValueError:
                    return True

        results = [self.thread(post) for _ in range(3)]
        threading.Event().wait(0.02)
        self.loop.close()
        self.assertTrue(all(result() for result in results))

    def test_wrong_arguments_are_refused_and_start_nothing(self):
        loop = self.loop
        self.assertRaises(ValueError, loop.run, 3)
        self.assertRaises(TypeError, loop.post, None)
        self.assertRaises(TypeError, loop.timer, 0, "callback")
        self.assertRaises(TypeError, loop.timer, "soon", fail)
        self.assertRaises(ValueError, loop.timer, -1, fail)
        self.assertRaises(ValueError, loop.timer, 0, fail, -1)
        self.assertRaises(ValueError, loop.timer, float("nan"), fail)
        self.assertRaises(ValueError, loop.io, -1, READABLE, fail)
        self.assertRaises(ValueError, loop.io, self.near, 2**32, fail)
        self.assertRaises(ValueError, loop.signal, -1, fail)
        self.assertRaises(OSError, loop.signal, signal.SIGKILL, fail)
        self.assertRaises(ValueError, loop.child, -1, fail)
        self.assertRaises(ChildProcessError, loop.child, 1, fail)
        self.assertRaises(TypeError, loop.work, 7)
        self.assertRaises(TypeError, loop.work, int, done=7)
        self.assertRaises(TypeError, loop.trace, 7)
        self.assertEqual(loop._entries, {})
        self.assertFalse(loop.run(RUN_NOWAIT))

    def test_wrong_options_are_refused(self):
        for options in ({"work_threads": -1}, {"required": 2**32}, {"events_per_wait": -1}):
            self.assertRaises(ValueError, pollux.Loop, self.backend, **options)
        for options in ({"work_threads": 1025}, {"events_per_wait": 65537}):
            with self.assertRaises(OSError) as caught:
                pollux.Loop(self.backend, **options)
            self.assertEqual(caught.exception.errno, errno.EINVAL)

    def test_two_handles_for_one_descriptor_are_refused(self):
        handle = self.loop.io(self.near, READABLE, fail)
        self.assertRaises(FileExistsError, self.loop.io, self.near, WRITABLE, fail)
        handle.close()

    def test_a_child_process_is_told_to_call_after_fork(self):
        def child():
            try:
                self.loop.run(RUN_ONCE)
            except OSError as error:
                return "after_fork" in str(error)

        self.assertTrue(self.in_child(child))

    def test_a_forgotten_loop_is_warned_of_and_closed(self):
        loop = pollux.Loop(self.backend)
        loop.timer(1000, fail)
        loop.io(self.near, READABLE, fail)
        forgotten = weakref.ref(loop)
        with self.assertWarns(ResourceWarning):
            del loop
            gc.collect()
        self.assertIsNone(forgotten())

    def test_callbacks_stay_though_nobody_holds_them(self):
        seen = []

        def start(number):
            self.loop.timer(0, lambda handle: seen.append(number))
            self.loop.post(lambda: seen.append(number))

        for number in range(100):
            start(number)
        gc.collect()
        self.loop.run()
        self.assertEqual(sorted(seen), sorted(list(range(100)) * 2))

    def test_a_loop_runs_in_a_thread_of_its_own(self):
        def life():
            seen = []
            with pollux.Loop(self.backend) as loop:
                loop.timer(0.001, seen.append)
                loop.work(int, done=seen.append)
                loop.run()
            return len(seen)

        results = [self.thread(life) for _ in range(4)]
        self.assertEqual([result() for result in results], [2] * 4)


if __name__ == "__main__":
    unittest.main()
