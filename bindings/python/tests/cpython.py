# SPDX-License-Identifier: MIT
"""Runs CPython's own tests of selectors and of asyncio's network part over Pollux.

    python3 cpython.py [--backend NAME] [MODULE...]

Every selector of the standard library is replaced by PolluxSelector before a test module is
imported, so each of its cases runs over the backend, whichever selector the case asks for. Without
a backend all are run. What fails is printed and fails the run; no case is left out but by the
tests' own conditions.
"""

import argparse
import concurrent.futures
import faulthandler
import importlib
import importlib.util
import os
import selectors
import subprocess
import sys
import unittest
import unittest.mock

import pollux

# What takes longest first.
MODULES = [
    "test_asyncio.test_subprocess",
    "test_asyncio.test_ssl",
    "test_asyncio.test_events",
    "test_selectors",
    "test_asyncio.test_sslproto",
    "test_asyncio.test_sock_lowlevel",
    "test_asyncio.test_sendfile",
    "test_asyncio.test_streams",
    "test_asyncio.test_server",
    "test_asyncio.test_selector_events",
    "test_asyncio.test_unix_events",
    "test_asyncio.test_buffered_proto",
]
# Of the standard library's own kinds, those that are classes of the test module as well.
REPLACED = ["DefaultSelector", "SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector"]


def replace_selectors(backend):
    class OverPollux(pollux.PolluxSelector):
        made = 0

        def __init__(self):
            super().__init__(backend)
            OverPollux.made += 1

    for name in REPLACED:
        if hasattr(selectors, name):
            setattr(selectors, name, OverPollux)
    return OverPollux


def cases_of_all_kinds(module, selector):
    """test_selectors has cases that it runs for single kinds only: all hold here."""

    class PolluxSelectorTestCase(
        module.BaseSelectorTestCase, module.ScalableSelectorMixIn, unittest.TestCase
    ):
        SELECTOR = selector
        test_register_file = module.EpollSelectorTestCase.test_register_file
        test_register_bad_fd = module.KqueueSelectorTestCase.test_register_bad_fd
        test_empty_select_timeout = module.KqueueSelectorTestCase.test_empty_select_timeout

        def test_modify_unregister(self):
            # The original replaces a class that only some of the standard kinds have.
            s = self.SELECTOR()
            self.addCleanup(s.close)
            rd, _ = self.make_socketpair()
            s.register(rd, selectors.EVENT_READ)
            s._poller.modify = unittest.mock.Mock(side_effect=ZeroDivisionError)
            with self.assertRaises(ZeroDivisionError):
                s.modify(rd, selectors.EVENT_WRITE)
            self.assertEqual(len(s.get_map()), 0)

    return PolluxSelectorTestCase


def load(name, selector):
    loader = unittest.TestLoader()
    module = importlib.import_module("test." + name)
    suite = unittest.TestSuite()
    if name == "test_selectors":
        # Its own classes are one and the same by now, and this has the cases of each.
        suite.addTests(loader.loadTestsFromTestCase(cases_of_all_kinds(module, selector)))
    else:
        suite.addTests(loader.loadTestsFromModule(module))
    return suite


def run_one(backend, names):
    from test import support

    # What hangs shows where it does, and fails.
    faulthandler.dump_traceback_later(600, exit=True)
    # Nothing may leave this machine.
    support.use_resources = ["cpu"]
    selector = replace_selectors(backend)
    suite = unittest.TestSuite()
    for name in names:
        try:
            suite.addTests(load(name, selector))
        except ModuleNotFoundError as error:
            # Python 3.9 has fewer of them.
            if error.name != "test." + name:
                raise
            print(f"Python {sys.version.split()[0]} has no test.{name}")
        except unittest.SkipTest as reason:
            print(f"test.{name} says that it cannot run: {reason}")
    result = unittest.TextTestRunner(verbosity=1, buffer=True).run(suite)
    print(f"{backend}: {result.testsRun} cases over {selector.made} selectors of Pollux")
    return result.wasSuccessful() and result.testsRun > 0


def run_apart(job):
    backend, name = job
    command = [sys.executable, os.path.abspath(__file__), "--backend", backend, name]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = done.stdout.decode(errors="replace")
    if done.returncode == 0:
        # How many, and how many of them were left out by their own conditions.
        lines = output.splitlines()
        told = [line for line in lines if line.startswith(("OK", backend, "Python", "test."))]
        print(f"{name}: {', '.join(told)}", flush=True)
    else:
        print(f"==== {name} over {backend} has failed\n{output}", flush=True)
    return done.returncode == 0


def run_each(names):
    """Each module over each backend in a process of its own; several at once, for they sleep.

    What fails is run once more by itself, as CPython's own runner does it: some cases measure time.
    """
    jobs = [(backend, name) for name in names for backend in pollux.backends()]
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        outcomes = list(pool.map(run_apart, jobs))
    failed = [job for job, passed in zip(jobs, outcomes) if not passed]
    for backend, name in failed:
        print(f"once more: {name} over {backend}", flush=True)
    return all([run_apart(job) for job in failed])


def has_tests():
    try:
        return importlib.util.find_spec("test.test_selectors") is not None
    except ModuleNotFoundError:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend")
    parser.add_argument("modules", nargs="*", default=MODULES)
    options = parser.parse_args()
    # Not imported yet: that is for after the replacing.
    if not has_tests():
        sys.exit(f"{sys.executable} is without CPython's own tests, the package 'test'")
    if options.backend is None:
        passed = run_each(options.modules)
    else:
        passed = run_one(options.backend, options.modules)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
