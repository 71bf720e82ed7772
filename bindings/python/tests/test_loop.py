# SPDX-License-Identifier: MIT
"""Loop: I/O, timers, posts, signals and children."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
import unittest

import pollux
from pollux import ONESHOT, READABLE, RUN_NOWAIT, RUN_ONCE, WRITABLE
from support import LONG, TestCase, each_backend


class LoopCase(TestCase):
    def setUp(self):
        self.loop = pollux.Loop(self.backend)
        self.addCleanup(self.loop.close)
        self.seen = []

    def see(self, *arguments):
        self.seen.append(arguments)


@each_backend
class IoTest(LoopCase):
    def setUp(self):
        super().setUp()
        self.near, self.far = self.pair()

    def test_a_descriptor_that_is_ready_is_told_with_its_handle(self):
        def read(handle, events):
            self.see(handle, events, self.near.recv(10))
            handle.close()

        handle = self.loop.io(self.near, READABLE, read)
        self.far.send(b"hello")
        self.assertFalse(self.loop.run())
        self.assertEqual(self.seen, [(handle, READABLE, b"hello")])
        self.assertIs(handle.fileobj, self.near)
        self.assertIs(handle.loop, self.loop)

    def test_set_changes_what_is_watched_for(self):
        handle = self.loop.io(self.near, 0, self.see)
        self.loop.run(RUN_NOWAIT)
        self.assertEqual(self.seen, [])
        handle.set(WRITABLE)
        self.assertTrue(self.loop.run(RUN_ONCE))
        self.assertEqual(self.seen, [(handle, WRITABLE)])

    def test_a_one_shot_is_armed_again_by_set(self):
        handle = self.loop.io(self.near, WRITABLE | ONESHOT, self.see)
        for _ in range(3):
            self.loop.run(RUN_NOWAIT)
        self.assertEqual(len(self.seen), 1)
        handle.set(WRITABLE | ONESHOT)
        self.loop.run(RUN_ONCE)
        self.assertEqual(len(self.seen), 2)

    def test_what_a_callback_closes_is_not_called_though_it_is_ready(self):
        other, _ = self.pair()
        handles = []

        def close_all(handle, events):
            self.see(handle)
            for one in handles:
                one.close()

        handles.append(self.loop.io(self.near, WRITABLE, close_all))
        handles.append(self.loop.io(other, WRITABLE, close_all))
        self.assertFalse(self.loop.run())
        self.assertEqual(len(self.seen), 1)

    def test_a_handle_that_nobody_holds_stays(self):
        self.loop.io(self.near, READABLE | ONESHOT, self.see)
        self.far.send(b"x")
        self.loop.run(RUN_ONCE)
        self.assertEqual(len(self.seen), 1)

    def test_what_is_unreferenced_does_not_keep_the_loop_running(self):
        handle = self.loop.io(self.near, READABLE, self.see)
        handle.unref()
        self.assertFalse(self.loop.run())
        handle.ref()
        self.assertTrue(self.loop.run(RUN_NOWAIT))


@each_backend
class TimerTest(LoopCase):
    def test_a_timer_is_never_early(self):
        started = self.loop.update_now()
        self.loop.timer(0.02, self.see)
        self.loop.run()
        self.assertEqual(len(self.seen), 1)
        self.assertGreaterEqual(self.loop.now(), started + 0.02)

    def test_timers_run_by_deadline(self):
        for number in (3, 1, 2):
            self.loop.timer(number / 1000, lambda handle, n=number: self.see(n))
        self.loop.run()
        self.assertEqual(self.seen, [(1,), (2,), (3,)])

    def test_a_periodic_timer_repeats_until_it_is_closed(self):
        def tick(handle):
            self.see(handle.active)
            if len(self.seen) == 3:
                handle.close()

        self.loop.timer(0.001, tick, period=0.001)
        self.loop.run()
        self.assertEqual(self.seen, [(True,)] * 3)

    def test_a_timer_can_be_set_from_its_own_callback(self):
        def again(handle):
            self.see(handle.active)
            if len(self.seen) < 3:
                handle.set(0.001)

        self.loop.timer(0, again)
        self.loop.run()
        self.assertEqual(self.seen, [(False,)] * 3)

    def test_a_timer_that_was_stopped_can_be_set(self):
        timer = self.loop.timer(0.001, self.see)
        timer.stop()
        self.assertFalse(timer.active)
        self.assertFalse(self.loop.run())
        self.assertEqual(self.seen, [])
        timer.set(0)
        self.loop.run()
        self.assertEqual(self.seen, [(timer,)])

    def test_what_a_callback_stops_or_sets_anew_does_not_fire_though_it_is_due(self):
        def first(handle):
            self.see("first")
            stopped.stop()
            put_off.set(0.001)

        self.loop.timer(0, first)
        stopped = self.loop.timer(0, lambda handle: self.see("stopped"))
        put_off = self.loop.timer(0, lambda handle: self.see("put off"))
        self.loop.run(RUN_ONCE)
        self.assertEqual(self.seen, [("first",)])
        self.loop.run()
        self.assertEqual(self.seen, [("first",), ("put off",)])

    def test_a_timer_that_has_fired_and_that_nobody_holds_is_closed(self):
        for _ in range(100):
            self.loop.timer(0, lambda handle: None)
        self.loop.run()
        self.assertEqual(self.loop.stats().timer_handles, 0)

    def test_also_if_the_last_to_hold_it_is_another_thread(self):
        timers = [self.loop.timer(0, lambda handle: None)]
        self.loop.run()
        self.thread(timers.clear)()
        self.loop.run()
        self.assertEqual(self.loop.stats().timer_handles, 0)

    def test_the_next_deadline_is_told(self):
        near, _ = self.pair()
        self.loop.io(near, READABLE, self.see)
        self.assertIsNone(self.loop.next_deadline())
        self.loop.timer(1000, self.see)
        self.assertGreater(self.loop.next_deadline(), self.loop.now() + 999)
        self.loop.post(self.see)
        self.assertEqual(self.loop.next_deadline(), 0)


@each_backend
class RunTest(LoopCase):
    def test_posts_run_in_order_whichever_thread_runs_the_loop(self):
        for number in range(5):
            self.loop.post(self.see, number)
        self.loop.run()
        self.assertEqual(self.seen, [(n,) for n in range(5)])

    def test_a_post_of_another_thread_ends_the_wait(self):
        timer = self.loop.timer(1000, self.see)
        threading.Timer(0.05, lambda: self.loop.post(timer.close)).start()
        self.assertFalse(self.loop.run())

    def test_threads_may_post_at_once_and_nothing_is_lost(self):
        keep = self.loop.timer(1000, self.see)

        def post():
            for _ in range(500):
                self.loop.post(count)

        def count():
            self.see()
            if len(self.seen) == 2000:
                keep.close()

        results = [self.thread(post) for _ in range(4)]
        self.loop.run()
        for result in results:
            result()
        self.assertEqual(len(self.seen), 2000)

    def test_stop_ends_the_run_from_a_callback_and_from_another_thread(self):
        self.loop.timer(0, lambda handle: self.loop.stop())
        self.loop.timer(1000, self.see)
        self.assertTrue(self.loop.run())
        threading.Timer(0.05, self.loop.stop).start()
        self.assertTrue(self.loop.run())

    def test_run_says_whether_something_is_active(self):
        self.assertFalse(self.loop.run())
        timer = self.loop.timer(1000, self.see)
        self.assertTrue(self.loop.run(RUN_NOWAIT))
        timer.close()
        self.assertFalse(self.loop.run(RUN_NOWAIT))

    def test_a_loop_can_be_embedded_where_it_has_a_descriptor(self):
        if not self.has(pollux.CAP_NATIVE_FD):
            self.assertRaises(OSError, self.loop.fileno)
            return
        near, far = self.pair()
        self.loop.io(near, READABLE | ONESHOT, self.see)
        self.loop.run(RUN_NOWAIT)
        far.send(b"x")
        self.assertEqual(select.select([self.loop], [], [], LONG)[0], [self.loop])
        self.loop.run(RUN_NOWAIT)
        self.assertEqual(len(self.seen), 1)

    def test_the_statistics_count_the_users_handles_only(self):
        near, _ = self.pair()
        handle = self.loop.io(near, WRITABLE, lambda handle, events: handle.close())
        self.assertEqual(self.loop.stats().io_handles, 1)
        self.loop.post(self.see)
        self.loop.run()
        stats = self.loop.stats()
        self.assertEqual((stats.io_handles, stats.io_events, stats.posts), (0, 1, 1))
        self.assertTrue(handle.closed)

    def test_callbacks_are_timed_if_that_is_wanted(self):
        with pollux.Loop(self.backend, time_callbacks=True) as loop:
            loop.post(time.sleep, 0.01)
            loop.run()
            self.assertGreaterEqual(loop.stats().slowest_callback_ns, 10_000_000)

    def test_a_trace_shows_each_callback(self):
        events = []
        self.loop.trace(events.append)
        timer = self.loop.timer(0, self.see)
        self.loop.post(self.see)
        self.loop.run()
        self.assertEqual({e.kind: e.number for e in events}, {"timer": timer.number, "post": 0})
        self.assertTrue(all(e.duration_ns >= 0 for e in events))
        self.loop.trace(None)
        self.loop.post(self.see)
        self.loop.run()
        self.assertEqual(len(events), 2)

    def test_a_child_process_goes_on_with_timers_after_after_fork(self):
        self.loop.timer(0, self.see)
        self.loop.post(self.see, "of the parent")

        def child():
            self.loop.after_fork()
            self.loop.run()
            return len(self.seen) == 1

        self.assertTrue(self.in_child(child))
        self.loop.run()
        self.assertEqual(len(self.seen), 2)


@each_backend
class SignalAndChildTest(LoopCase):
    def restore(self, signo):
        self.addCleanup(signal.signal, signo, signal.getsignal(signo))

    def test_a_signal_is_told_in_the_loop(self):
        def told(handle, signo):
            self.see(signo)
            handle.close()

        self.loop.signal(signal.SIGUSR1, told)
        self.loop.post(os.kill, os.getpid(), signal.SIGUSR1)
        self.assertFalse(self.loop.run())
        self.assertEqual(self.seen, [(signal.SIGUSR1,)])

    def test_who_watches_SIGINT_gets_no_keyboard_interrupt(self):
        self.restore(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        handles = [self.loop.signal(signal.SIGINT, self.see) for _ in range(2)]
        self.loop.post(os.kill, os.getpid(), signal.SIGINT)
        self.loop.run(RUN_ONCE)
        self.loop.run(RUN_NOWAIT)
        self.assertEqual(len(self.seen), 2)
        handles[0].close()
        self.loop.close()
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)
        with self.assertRaises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(LONG)

    def test_a_handler_of_the_signal_module_runs_as_well(self):
        self.restore(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, lambda *_: self.see("handler"))
        self.loop.signal(signal.SIGUSR1, lambda handle, _: (self.see("loop"), handle.close()))
        self.loop.post(os.kill, os.getpid(), signal.SIGUSR1)
        self.loop.run()
        self.assertEqual(sorted(self.seen), [("handler",), ("loop",)])

    def test_an_interrupt_ends_a_run_that_waits(self):
        self.restore(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        timer = self.loop.timer(1000, self.see)
        main = threading.main_thread().ident
        for _ in range(3):
            threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGINT)).start()
            self.assertRaises(KeyboardInterrupt, self.loop.run)
        self.assertTrue(timer.active)

    def test_handlers_that_raise_lose_no_exception(self):
        class Alarm(Exception):
            pass

        def handler(*_):
            self.see()
            raise Alarm

        fired, caught = [], 0
        self.restore(signal.SIGALRM)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        timer = self.loop.timer(0, fired.append, period=0.0001)
        while len(fired) < 300 or not caught:
            try:
                # One alarm at a time, at no particular moment of the run.
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + len(self.seen) % 7 * 0.0003)
                for _ in range(10):
                    self.loop.run(RUN_ONCE)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Alarm:
                caught += 1
        self.assertEqual(caught, len(self.seen))
        # As anywhere in Python, what was about to be called then is not.
        self.assertGreaterEqual(len(fired), self.loop.stats().timers_fired - caught)
        timer.close()

    def test_who_had_asked_for_the_numbers_of_signals_still_gets_them(self):
        self.restore(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, lambda *_: None)
        near, far = self.pair()
        self.addCleanup(signal.set_wakeup_fd, signal.set_wakeup_fd(far.fileno()))
        self.loop.post(os.kill, os.getpid(), signal.SIGUSR1)
        timer = self.loop.timer(1000, self.see)
        self.loop.io(near, READABLE, lambda handle, _: (handle.close(), timer.close()))
        self.loop.run()
        self.assertEqual(near.recv(10), bytes([signal.SIGUSR1]))
        self.assertEqual(signal.set_wakeup_fd(-1), far.fileno())

    def test_the_end_of_a_child_is_told_with_its_status(self):
        pid = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", "raise SystemExit(7)"])
        handle = self.loop.child(pid, self.see)
        self.assertEqual(handle.pid, pid)
        self.assertFalse(self.loop.run())
        self.assertEqual(self.seen, [(handle, 7 << 8)])
        self.assertEqual(os.waitstatus_to_exitcode(self.seen[0][1]), 7)
        self.assertTrue(handle.closed)

    def test_a_child_that_is_no_longer_waited_for_is_not_reaped(self):
        program = subprocess.Popen([sys.executable, "-c", "pass"])
        self.loop.child(program.pid, self.see).close()
        self.assertFalse(self.loop.run())
        self.assertEqual(program.wait(LONG), 0)
        self.assertRaises(ChildProcessError, self.loop.child, program.pid, self.see)


if __name__ == "__main__":
    unittest.main()
