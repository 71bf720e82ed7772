# SPDX-License-Identifier: MIT
"""Poller: threads, signals and forks."""

import errno
import signal
import threading
import time
import unittest

import pollux
from pollux import READABLE, WOKEN, WRITABLE
from support import LONG, TestCase, each_backend


class Interrupted(Exception):
    pass


@each_backend
class ThreadsTest(TestCase):
    def setUp(self):
        self.poller = pollux.Poller(self.backend)
        self.addCleanup(self.poller.close)
        self.near, self.far = self.pair()

    def test_an_add_in_another_thread_reaches_a_wait_in_progress(self):
        result = self.thread(lambda: self.poller.wait(LONG))
        time.sleep(0.05)
        self.poller.add(self.near, WRITABLE)
        self.assertEqual([event.events for event in result()], [WRITABLE])

    def test_a_wake_ends_a_wait_in_another_thread(self):
        result = self.thread(lambda: self.poller.wait(LONG))
        time.sleep(0.05)
        self.poller.wake()
        self.assertEqual([event.events for event in result()], [WOKEN])

    def test_a_wait_lets_other_threads_run(self):
        result = self.thread(lambda: self.poller.wait(LONG))
        self.assertEqual(sum(range(100000)), 4999950000)
        self.poller.wake()
        self.assertEqual(len(result()), 1)

    def test_closing_ends_the_waits_of_all_threads_with_a_value_error(self):
        results = [self.thread(lambda: self.poller.wait()) for _ in range(4)]
        time.sleep(0.1)
        self.poller.close()
        for result in results:
            self.assertRaisesRegex(ValueError, "closed", result)

    def test_who_is_inside_is_told_apart_from_who_has_left(self):
        self.poller._enter()
        result = self.thread(lambda: self.poller.wait(LONG))
        while len(self.poller._users) < 2:
            time.sleep(0.001)
        self.poller._leave()
        inside = list(self.poller._users)
        self.poller.wake()
        result()
        self.assertNotEqual(inside, [threading.get_ident()])
        self.assertEqual(list(self.poller._users), [])

    def test_threads_that_use_a_poller_while_it_is_closed_do_no_harm(self):
        def use(poller, fd):
            while True:
                try:
                    poller.add(fd, READABLE)
                    poller.wait(0)
                    poller.remove(fd)
                except ValueError:
                    return True

        for _ in range(20):
            poller = pollux.Poller(self.backend)
            pairs = [self.pair() for _ in range(3)]
            results = [self.thread(lambda fd=near.fileno(): use(poller, fd)) for near, _ in pairs]
            time.sleep(0.005)
            poller.close()
            self.assertTrue(all(result() for result in results))


@each_backend
class SignalsTest(TestCase):
    def setUp(self):
        self.poller = pollux.Poller(self.backend)
        self.addCleanup(self.poller.close)
        self.addCleanup(signal.signal, signal.SIGALRM, signal.getsignal(signal.SIGALRM))
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)

    def test_a_handler_runs_in_a_wait_which_goes_on_for_the_rest_of_its_time(self):
        ran = []
        signal.signal(signal.SIGALRM, lambda *_: ran.append(time.monotonic()))
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        started = time.monotonic()
        self.assertEqual(self.poller.wait(0.3), [])
        ended = time.monotonic()
        self.assertGreaterEqual(ended - started, 0.3)
        self.assertGreater(len(ran), 1)
        self.assertLess(ran[0], ended)

    def test_what_a_handler_raises_ends_the_wait(self):
        def handler(*_):
            raise Interrupted

        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        self.assertRaises(Interrupted, self.poller.wait)
        self.poller.wake()
        self.assertEqual(len(self.poller.wait(LONG)), 1)

    def test_a_handler_may_wake_its_own_wait(self):
        signal.signal(signal.SIGALRM, lambda *_: self.poller.wake())
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        self.assertEqual([event.events for event in self.poller.wait(LONG)], [WOKEN])

    def test_a_handler_may_close_the_poller(self):
        signal.signal(signal.SIGALRM, lambda *_: self.poller.close())
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        self.assertRaisesRegex(ValueError, "closed", self.poller.wait, LONG)

    def test_a_handler_that_closes_amid_calls_does_no_harm(self):
        for _ in range(20):
            near, _ = self.pair()
            poller = pollux.Poller(self.backend)
            signal.signal(signal.SIGALRM, lambda *_, p=poller: p.close())
            signal.setitimer(signal.ITIMER_REAL, 0.002)
            with self.assertRaisesRegex(ValueError, "closed"):
                while True:
                    poller.add(near, READABLE)
                    poller.wait(0)
                    poller.remove(near)


@each_backend
class ForkTest(TestCase):
    def setUp(self):
        self.poller = pollux.Poller(self.backend)
        self.addCleanup(self.poller.close)
        self.near, self.far = self.pair()
        self.poller.add(self.near, READABLE)

    def test_in_a_child_the_poller_says_what_is_missing(self):
        def child():
            try:
                self.poller.wait(0)
            except OSError as error:
                return error.errno == errno.EINVAL and "after_fork" in str(error)

        self.assertTrue(self.in_child(child))

    def test_after_fork_registers_everything_again(self):
        def child():
            self.poller.after_fork()
            self.far.send(b"x")
            return len(self.poller.wait(LONG)) == 1

        self.assertTrue(self.in_child(child))
        self.assertEqual(len(self.poller.wait(LONG)), 1)

    def test_a_child_may_close_the_parents_poller(self):
        def child():
            self.poller.close()
            return True

        self.assertTrue(self.in_child(child))
        self.far.send(b"x")
        self.assertEqual(len(self.poller.wait(LONG)), 1)

    def test_a_wait_of_another_thread_does_not_keep_a_child_from_closing(self):
        waiting = threading.Event()

        def wait():
            waiting.set()
            return self.poller.wait(LONG)

        result = self.thread(wait)
        waiting.wait(LONG)
        time.sleep(0.05)

        def child():
            self.poller.close()
            return self.poller.closed and not self.poller._owned

        self.assertTrue(self.in_child(child))
        self.poller.wake()
        self.assertEqual(len(result()), 1)


if __name__ == "__main__":
    unittest.main()
