# SPDX-License-Identifier: MIT
"""Poller: what it reports and what it refuses."""

import errno
import gc
import os
import tempfile
import unittest
import unittest.mock
import warnings

import pollux
from pollux import EDGE, ONESHOT, READABLE, WOKEN, WRITABLE
from support import LONG, TestCase, each_backend


@each_backend
class PollerTest(TestCase):
    def setUp(self):
        self.poller = pollux.Poller(self.backend)
        self.addCleanup(self.poller.close)
        self.near, self.far = self.pair()

    def refused(self, number, function, *arguments):
        with self.assertRaises(OSError) as caught:
            function(*arguments)
        self.assertEqual(errno.errorcode[caught.exception.errno], errno.errorcode[number])
        return caught.exception

    def test_the_backend_is_the_one_that_was_asked_for(self):
        self.assertEqual(self.poller.backend, self.backend)

    def test_an_event_has_the_token_and_the_descriptor(self):
        self.poller.add(self.near, READABLE, token=2**64 - 1)
        self.far.send(b"x")
        events = self.poller.wait(LONG)
        self.assertEqual(events, [(2**64 - 1, self.near.fileno(), READABLE)])
        self.assertEqual(events[0].fd, self.near.fileno())
        self.assertIn("READABLE", repr(events[0]))

    def test_without_a_token_the_descriptor_is_the_token(self):
        self.poller.add(self.near.fileno(), WRITABLE)
        self.assertEqual(self.poller.wait(LONG)[0].token, self.near.fileno())

    def test_an_empty_list_is_the_timeout(self):
        self.poller.add(self.near, READABLE)
        self.assertEqual(self.poller.wait(0), [])
        self.assertEqual(self.poller.wait(0.001), [])

    def test_modify_changes_interest_and_token(self):
        self.poller.add(self.near, READABLE)
        self.poller.modify(self.near, WRITABLE, token=7)
        self.assertEqual(self.poller.wait(LONG), [(7, self.near.fileno(), WRITABLE)])

    def test_a_one_shot_event_is_reported_once(self):
        self.poller.add(self.near, WRITABLE | ONESHOT)
        self.assertEqual(len(self.poller.wait(LONG)), 1)
        self.assertEqual(self.poller.wait(0), [])
        self.poller.modify(self.near, WRITABLE | ONESHOT)
        self.assertEqual(len(self.poller.wait(LONG)), 1)

    def test_an_edge_is_reported_once_or_refused(self):
        if not self.has(pollux.CAP_EDGE):
            self.refused(errno.ENOTSUP, self.poller.add, self.near, WRITABLE | EDGE)
            return
        self.poller.add(self.near, WRITABLE | EDGE)
        self.assertEqual(len(self.poller.wait(LONG)), 1)
        self.assertEqual(self.poller.wait(0), [])

    def test_what_was_removed_is_not_reported(self):
        self.poller.add(self.near, WRITABLE)
        self.poller.remove(self.near)
        self.assertEqual(self.poller.wait(0), [])

    def test_the_length_is_how_many_are_registered(self):
        self.assertEqual(len(self.poller), 0)
        self.assertTrue(self.poller)
        self.poller.add(self.near, READABLE)
        self.poller.add(self.far, READABLE)
        self.assertEqual(len(self.poller), 2)

    def test_more_ready_than_the_maximum_are_all_reached(self):
        pairs = [self.pair() for _ in range(10)]
        for near, _ in pairs:
            self.poller.add(near, WRITABLE)
        seen = set()
        for _ in range(20):
            events = self.poller.wait(LONG, max=3)
            self.assertLessEqual(len(events), 3)
            seen.update(event.fd for event in events)
        self.assertEqual(seen, {near.fileno() for near, _ in pairs})

    def test_a_large_maximum_gives_all_at_once(self):
        pairs = [self.pair() for _ in range(200)]
        for near, _ in pairs:
            self.poller.add(near, WRITABLE)
        self.assertEqual(len(self.poller.wait(LONG, max=5000)), 200)

    def test_a_wake_is_an_event_of_its_own(self):
        self.poller.wake()
        self.assertEqual(self.poller.wait(LONG), [(0, -1, WOKEN)])
        self.assertEqual(self.poller.wait(0), [])

    def test_a_poller_nests_where_it_has_a_descriptor(self):
        if not self.has(pollux.CAP_NATIVE_FD):
            self.refused(errno.ENOTSUP, self.poller.fileno)
            return
        self.poller.add(self.near, READABLE)
        with pollux.Poller(self.backend) as outer:
            outer.add(self.poller, READABLE)
            self.assertEqual(outer.wait(0), [])
            self.far.send(b"x")
            self.assertEqual(len(outer.wait(LONG)), 1)

    def test_each_mistake_has_its_errno_and_its_class(self):
        self.poller.add(self.near, READABLE)
        exists = self.refused(errno.EEXIST, self.poller.add, self.near, READABLE)
        self.assertIsInstance(exists, FileExistsError)
        missing = self.refused(errno.ENOENT, self.poller.modify, self.far, READABLE)
        self.assertIsInstance(missing, FileNotFoundError)
        self.refused(errno.ENOENT, self.poller.remove, self.far)
        self.refused(errno.EINVAL, self.poller.add, self.far, 1 << 31)
        unused = os.dup(0)
        os.close(unused)
        self.refused(errno.EBADF, self.poller.add, unused, READABLE)
        with tempfile.TemporaryFile() as file:
            regular = self.refused(errno.EPERM, self.poller.add, file, READABLE)
            self.assertIsInstance(regular, PermissionError)
        self.assertEqual(len(self.poller), 1)

    def test_what_C_would_cut_off_is_refused(self):
        self.assertRaises(OverflowError, self.poller.add, 2**32, READABLE)
        self.assertRaises(ValueError, self.poller.add, self.near, 2**32 | READABLE)
        self.assertRaises(ValueError, self.poller.add, self.near, -1)
        self.assertRaises(ValueError, self.poller.add, self.near, READABLE, 2**64)
        self.assertRaises(ValueError, self.poller.add, self.near, READABLE, -1)
        self.assertEqual(len(self.poller), 0)

    def test_what_is_no_file_object_is_refused(self):
        self.assertRaises(ValueError, self.poller.add, "name", READABLE)
        self.assertRaises(ValueError, self.poller.add, -1, READABLE)
        self.assertRaises(TypeError, self.poller.add, self.near, "r")
        self.assertRaises(TypeError, self.poller.add, self.near, READABLE, "token")

    def test_wrong_timeouts_and_maxima_are_refused(self):
        self.assertRaises(ValueError, self.poller.wait, -1)
        self.assertRaises(ValueError, self.poller.wait, float("nan"))
        self.assertRaises(TypeError, self.poller.wait, "soon")
        self.assertRaises(ValueError, self.poller.wait, 0, 0)
        self.assertRaises(ValueError, self.poller.wait, 0, 2**31)
        self.assertRaises(TypeError, self.poller.wait, 0, 1.5)

    def test_a_huge_timeout_does_not_overflow(self):
        self.poller.add(self.near, WRITABLE)
        self.assertEqual(len(self.poller.wait(1e300)), 1)
        self.assertEqual(len(self.poller.wait(float("inf"))), 1)

    def test_use_after_close_is_a_value_error(self):
        self.poller.close()
        self.poller.close()
        self.assertTrue(self.poller.closed)
        for call in (
            lambda: self.poller.add(self.near, READABLE),
            lambda: self.poller.modify(self.near, READABLE),
            lambda: self.poller.remove(self.near),
            lambda: self.poller.wait(0),
            self.poller.wake,
            self.poller.fileno,
            self.poller.after_fork,
            self.poller.__len__,
            self.poller.__enter__,
        ):
            self.assertRaisesRegex(ValueError, "closed", call)

    def test_a_context_ends_with_the_poller_closed(self):
        with pollux.Poller(self.backend) as poller:
            self.assertFalse(poller.closed)
        self.assertTrue(poller.closed)

    def test_a_forgotten_poller_is_warned_of_and_closed(self):
        before = os.dup(0)
        os.close(before)
        with self.assertWarns(ResourceWarning):
            pollux.Poller(self.backend)
            gc.collect()
        after = os.dup(0)
        os.close(after)
        self.assertEqual(before, after)


class SelectionTest(unittest.TestCase):
    def test_the_best_backend_is_taken_unless_one_is_named(self):
        with unittest.mock.patch.dict(os.environ):
            os.environ.pop("POLLUX_BACKEND", None)
            with pollux.Poller() as poller:
                self.assertEqual(poller.backend, pollux.backends()[0])

    def test_an_unknown_name_is_a_value_error_that_lists_the_names(self):
        self.assertRaisesRegex(ValueError, "poll", pollux.Poller, "select")
        self.assertRaises(TypeError, pollux.Poller, 3)
        self.assertRaises(ValueError, pollux.capabilities, "\udcff")

    def test_a_backend_that_is_not_here_is_refused(self):
        missing = {"epoll", "kqueue", "poll"} - set(pollux.backends())
        for name in missing:
            with self.assertRaises(OSError) as caught:
                pollux.Poller(name)
            self.assertEqual(caught.exception.errno, errno.ENOTSUP)
            self.assertIn(name, str(caught.exception))

    def test_required_capabilities_choose_the_backend_or_fail(self):
        with self.assertRaises(OSError) as caught:
            pollux.Poller("poll", required=pollux.CAP_EDGE)
        self.assertEqual(caught.exception.errno, errno.ENOTSUP)
        self.assertRaises(ValueError, pollux.Poller, required=2**32)

    def test_an_unknown_name_in_the_environment_is_named(self):
        with unittest.mock.patch.dict(os.environ, POLLUX_BACKEND="nonsense"):
            self.assertRaisesRegex(OSError, "nonsense", pollux.Poller)

    def test_a_poller_that_was_not_made_leaves_no_warning(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.assertRaises(ValueError, pollux.Poller, "nonsense")
            gc.collect()

    def test_bits_are_put_into_words(self):
        self.assertEqual(pollux.describe(READABLE | WRITABLE), "READABLE|WRITABLE")
        self.assertEqual(pollux.describe(0), "0")
        self.assertEqual(pollux.describe(1 << 31), "0x80000000")


if __name__ == "__main__":
    unittest.main()
