# SPDX-License-Identifier: MIT
"""PolluxSelector against the selectors of the standard library."""

import errno
import os
import selectors
import socket
import tempfile
import unittest
import unittest.mock
from selectors import EVENT_READ, EVENT_WRITE

import pollux
from support import LONG, TestCase, each_backend

BOTH = EVENT_READ | EVENT_WRITE


def standard_selectors():
    names = ("EpollSelector", "PollSelector", "KqueueSelector")
    return [getattr(selectors, name) for name in names if hasattr(selectors, name)]


@each_backend
class SelectorTest(TestCase):
    def setUp(self):
        self.selector = pollux.PolluxSelector(self.backend)
        self.addCleanup(self.selector.close)
        self.near, self.far = self.pair()

    def test_it_is_a_selector(self):
        self.assertIsInstance(self.selector, selectors.BaseSelector)
        self.assertEqual(self.selector.backend, self.backend)

    def test_it_answers_as_the_standard_selectors_do(self):
        scenes = {
            "idle": lambda a, b: None,
            "data": lambda a, b: b.send(b"x"),
            "end of file": lambda a, b: b.shutdown(socket.SHUT_WR),
            "data and end of file": lambda a, b: (b.send(b"x"), b.shutdown(socket.SHUT_WR)),
            "hang-up": lambda a, b: b.close(),
            "both directions shut": lambda a, b: a.shutdown(socket.SHUT_RDWR),
        }
        for name, play in scenes.items():
            for events in (EVENT_READ, EVENT_WRITE, BOTH):
                with self.subTest(scene=name, events=events):
                    own = self.answer(self.selector, play, events)
                    for standard in standard_selectors():
                        with standard() as other:
                            self.assertEqual(own, self.answer(other, play, events), standard)

    def answer(self, selector, play, events):
        near, far = self.pair()
        selector.register(near, events, "data")
        play(near, far)
        # Told in one entry, or in one for each direction.
        told = 0
        for key, ready in selector.select(0):
            self.assertEqual((key.fileobj, key.data), (near, "data"))
            told |= ready
        selector.unregister(near)
        return told

    def test_a_pipe_without_reader_is_writable_and_one_without_writer_readable(self):
        for end, events in ((1, EVENT_WRITE), (0, EVENT_READ)):
            ends = os.pipe()
            self.selector.register(ends[end], BOTH if end else EVENT_READ)
            os.close(ends[1 - end])
            ready = self.selector.select(LONG)[0][1]
            self.assertTrue(ready & events)
            self.selector.unregister(ends[end])
            os.close(ends[end])

    def test_a_regular_file_is_a_permission_error_and_not_registered(self):
        with tempfile.TemporaryFile() as file:
            self.assertRaises(PermissionError, self.selector.register, file, EVENT_READ)
            self.assertRaises(KeyError, self.selector.get_key, file)
        self.assertEqual(len(self.selector.get_map()), 0)

    def test_a_closed_object_can_be_unregistered(self):
        fd = self.near.fileno()
        self.selector.register(self.near, EVENT_READ, "data")
        self.near.close()
        key = self.selector.unregister(self.near)
        self.assertEqual((key.fd, key.data), (fd, "data"))
        self.assertRaises(ValueError, self.selector.unregister, self.near)

    def test_its_number_can_be_registered_for_another_file_then(self):
        self.selector.register(self.near, EVENT_READ)
        self.near.close()
        self.selector.unregister(self.near)
        near, far = self.pair()
        self.selector.register(near, EVENT_READ)
        far.send(b"x")
        self.assertEqual(len(self.selector.select(LONG)), 1)

    def test_wrong_events_and_objects_are_value_errors(self):
        for events in (0, 4, -1):
            self.assertRaises(ValueError, self.selector.register, self.near, events)
        for fileobj in (-1, "name", None):
            self.assertRaises(ValueError, self.selector.register, fileobj, EVENT_READ)
        self.assertRaises(OverflowError, self.selector.register, 2**40, EVENT_READ)
        self.selector.register(self.near, EVENT_READ)
        self.assertRaises(ValueError, self.selector.modify, self.near, 0)
        self.assertEqual(len(self.selector.get_map()), 1)

    def test_what_is_not_registered_is_a_key_error(self):
        self.assertRaises(KeyError, self.selector.unregister, self.near)
        self.assertRaises(KeyError, self.selector.modify, self.near, EVENT_READ)
        self.assertRaises(KeyError, self.selector.get_key, self.near)
        self.selector.register(self.near, EVENT_READ)
        self.assertRaises(KeyError, self.selector.register, self.near, EVENT_READ)

    def test_a_modify_that_fails_unregisters(self):
        self.selector.register(self.near, EVENT_READ)
        fd = self.near.fileno()
        self.near.close()
        with self.assertRaises(OSError) as caught:
            self.selector.modify(fd, EVENT_WRITE)
        self.assertEqual(caught.exception.errno, errno.EBADF)
        self.assertRaises(KeyError, self.selector.get_key, fd)

    def test_new_data_alone_does_not_reach_the_poller(self):
        self.selector.register(self.near, EVENT_READ, 1)
        with unittest.mock.patch.object(self.selector._poller, "modify") as modify:
            self.assertEqual(self.selector.modify(self.near, EVENT_READ, 2).data, 2)
            modify.assert_not_called()

    def test_none_waits_negative_and_zero_do_not(self):
        self.selector.register(self.near, EVENT_READ)
        self.assertEqual(self.selector.select(0), [])
        self.assertEqual(self.selector.select(-5), [])
        self.far.send(b"x")
        self.assertEqual(len(self.selector.select(None)), 1)

    def test_there_is_a_fileno_where_the_backend_has_a_descriptor(self):
        self.assertEqual(hasattr(self.selector, "fileno"), self.has(pollux.CAP_NATIVE_FD))
        if hasattr(self.selector, "fileno"):
            self.assertGreaterEqual(self.selector.fileno(), 0)

    def test_use_after_close(self):
        keys = self.selector.get_map()
        self.selector.register(self.near, EVENT_READ)
        self.selector.close()
        self.selector.close()
        self.assertIsNone(self.selector.get_map())
        self.assertRaises(RuntimeError, self.selector.get_key, self.near)
        self.assertRaises(KeyError, keys.__getitem__, self.near)
        self.assertRaises(ValueError, self.selector.register, self.near, EVENT_READ)
        self.assertRaises(KeyError, self.selector.unregister, self.near)
        self.assertRaises(ValueError, self.selector.select, 0)

    def test_the_map_is_read_only_and_takes_objects_and_numbers(self):
        key = self.selector.register(self.near, EVENT_READ)
        keys = self.selector.get_map()
        self.assertEqual(keys[self.near], key)
        self.assertEqual(keys[self.near.fileno()], key)
        self.assertIsNone(keys.get(self.far))
        self.assertEqual(list(keys), [self.near.fileno()])
        with self.assertRaises(TypeError):
            del keys[self.near]

    def test_a_child_process_can_go_on_after_after_fork(self):
        self.selector.register(self.near, EVENT_READ)

        def child():
            self.selector.unregister(self.near)
            self.selector.after_fork()
            self.selector.register(self.far, EVENT_READ)
            self.near.send(b"x")
            return len(self.selector.select(LONG)) == len(self.selector._poller) == 1

        self.assertTrue(self.in_child(child))


if __name__ == "__main__":
    unittest.main()
