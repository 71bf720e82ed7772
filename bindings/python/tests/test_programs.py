# SPDX-License-Identifier: MIT
"""The examples of README.md and the example program."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import unittest

import pollux
from support import LONG, TestCase, each_backend

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(pollux.__file__)))


def environment(**more):
    return dict(os.environ, PYTHONPATH=PACKAGE, PYTHONDONTWRITEBYTECODE="1", **more)


def blocks():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        return re.findall(r"^```python\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)


class ReadmeTest(unittest.TestCase):
    def printed(self, code, **more):
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", code],
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=LONG,
            universal_newlines=True,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return sorted(done.stdout.splitlines())

    def test_the_first_example_runs_on_every_backend(self):
        code = blocks()[0] + "\nnear.close(); far.close()\n"
        for backend in pollux.backends():
            with self.subTest(backend=backend):
                printed = self.printed(code, POLLUX_BACKEND=backend)
                self.assertEqual(printed, ["computed 499500", "received hello"])

    def test_it_has_ten_lines(self):
        self.assertLessEqual(len(blocks()[0].splitlines()), 11)

    def test_the_example_of_asyncio_runs(self):
        self.assertEqual(self.printed(blocks()[1]), ["end of file: True"])


class GuideTest(unittest.TestCase):
    """The programs that the start page of the documentation shows."""

    guide = os.path.join(os.path.dirname(os.path.dirname(ROOT)), "docs", "guide")

    def test_they_print_what_it_says_on_every_backend(self):
        for name in ("poller", "loop"):
            with open(os.path.join(self.guide, name + ".txt"), encoding="utf-8") as file:
                expected = file.read()
            for backend in pollux.backends():
                with self.subTest(name=name, backend=backend):
                    done = subprocess.run(
                        [sys.executable, "-X", "dev", os.path.join(self.guide, name + ".py")],
                        env=environment(POLLUX_BACKEND=backend),
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        timeout=LONG,
                        universal_newlines=True,
                    )
                    result = (done.returncode, done.stderr, done.stdout)
                    self.assertEqual(result, (0, "", expected))


@each_backend
class EchoTest(TestCase):
    def setUp(self):
        program = os.path.join(ROOT, "examples", "echo_asyncio.py")
        self.server = subprocess.Popen(
            [sys.executable, "-X", "dev", program, "--backend", self.backend],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        self.addCleanup(self.end_server)
        line = self.server.stdout.readline()
        self.port = int(re.search(r"port (\d+)", line).group(1))

    def end_server(self):
        if self.server.poll() is None:
            self.server.kill()
        self.server.communicate()

    def test_it_echoes_to_many_and_ends_on_an_interrupt(self):
        clients = [socket.create_connection(("127.0.0.1", self.port), LONG) for _ in range(20)]
        for number, client in enumerate(clients):
            client.sendall(b"%d" % number * 1000)
            client.shutdown(socket.SHUT_WR)
        for number, client in enumerate(clients):
            with client, client.makefile("rb") as stream:
                self.assertEqual(stream.read(), b"%d" % number * 1000)
        self.server.send_signal(signal.SIGINT)
        _, errors = self.server.communicate(timeout=LONG)
        self.assertEqual((self.server.returncode, errors), (0, ""))


@each_backend
class AsyncioTest(TestCase):
    def test_run_gives_the_result_and_uses_the_backend(self):
        async def main():
            await asyncio.sleep(0)
            return asyncio.get_running_loop()._selector.backend

        self.assertEqual(pollux.run(main(), backend=self.backend), self.backend)

    def test_run_raises_and_cancels_what_is_left(self):
        ended = []

        async def linger():
            try:
                await asyncio.sleep(1000)
            finally:
                ended.append(True)

        async def main():
            asyncio.ensure_future(linger())
            await asyncio.sleep(0)
            raise LookupError

        self.assertRaises(LookupError, pollux.run, main(), backend=self.backend)
        self.assertEqual(ended, [True])

    def test_run_within_a_running_loop_is_refused(self):
        async def main():
            inner = asyncio.sleep(0)
            try:
                pollux.run(inner, backend=self.backend)
            finally:
                inner.close()

        self.assertRaises(RuntimeError, pollux.run, main(), backend=self.backend)

    def test_a_new_event_loop_is_one_of_asyncio(self):
        loop = pollux.new_event_loop(self.backend)
        try:
            self.assertIsInstance(loop, asyncio.SelectorEventLoop)
            self.assertEqual(loop.run_until_complete(asyncio.sleep(0, 5)), 5)
        finally:
            loop.close()


if __name__ == "__main__":
    unittest.main()
