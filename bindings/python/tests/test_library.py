# SPDX-License-Identifier: MIT
"""How the library is found, and what is said when it is not."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import pollux
from pollux import _ffi, _library

PACKAGE = os.path.dirname(os.path.abspath(pollux.__file__))


def run(code, path, **environment):
    settings = {k: v for k, v in os.environ.items() if not k.startswith("POLLUX_")}
    settings.update(environment, PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=path,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


class LibraryTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = directory.name
        self.package = os.path.join(self.path, "pollux")
        ignored = shutil.ignore_patterns("__pycache__", _library.BUNDLED_NAME)
        shutil.copytree(PACKAGE, self.package, ignore=ignored)
        self.library = os.path.abspath(pollux.library_path())
        if not os.path.exists(self.library):
            self.skipTest(f"the system has found {pollux.library_path()} by name")

    def show(self, **environment):
        done = run("import pollux; print(pollux.library_path())", self.path, **environment)
        self.assertEqual(done.stderr, "")
        return done.stdout.strip()

    def fails(self, code="import pollux", **environment):
        done = run(code, self.path, **environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("ImportError: pollux:", done.stderr)
        return done.stderr

    def test_the_environment_names_the_library(self):
        self.assertEqual(self.show(POLLUX_LIBRARY=self.library), self.library)

    def test_the_library_in_the_package_is_used(self):
        bundled = os.path.join(self.package, _library.BUNDLED_NAME)
        shutil.copy(self.library, bundled)
        self.assertEqual(os.path.realpath(self.show()), os.path.realpath(bundled))

    def test_the_environment_comes_before_the_package(self):
        shutil.copy(self.library, os.path.join(self.package, _library.BUNDLED_NAME))
        self.assertEqual(self.show(POLLUX_LIBRARY=self.library), self.library)

    def test_the_system_library_is_found_by_name(self):
        directory = os.path.join(self.path, "lib")
        os.mkdir(directory)
        shutil.copy(self.library, os.path.join(directory, _library._SONAME))
        variable = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
        self.assertEqual(self.show(**{variable: directory}), _library._SONAME)

    def test_what_the_environment_names_is_used_or_fails(self):
        shutil.copy(self.library, os.path.join(self.package, _library.BUNDLED_NAME))
        self.assertIn("/nowhere/libpollux.so", self.fails(POLLUX_LIBRARY="/nowhere/libpollux.so"))

    def test_another_library_is_an_import_error(self):
        import ctypes.util

        libc = ctypes.util.find_library("c")
        if libc is None:
            self.skipTest("there is no other library to try")
        self.assertIn("is no Pollux library", self.fails(POLLUX_LIBRARY=libc))

    def test_another_version_is_an_import_error(self):
        path = os.path.join(self.package, "_ffi.py")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("PLX_VERSION_MINOR = 1", "PLX_VERSION_MINOR = 2"))
        said = self.fails(POLLUX_LIBRARY=self.library)
        self.assertIn("has version 0.1, and this package is for 0.2", said)

    def test_no_library_is_an_import_error_that_says_where_it_was_sought(self):
        # A library of the system would be found, so the search is switched off.
        code = (
            "import ctypes, ctypes.util\n"
            "def refuse(*args, **kwargs): raise OSError('not here')\n"
            "ctypes.CDLL = refuse\n"
            "ctypes.util.find_library = lambda name: None\n"
            "import pollux\n"
        )
        self.assertIn("POLLUX_LIBRARY is not set", self.fails(code))

    def test_asyncio_is_imported_only_when_it_is_used(self):
        code = "import pollux, sys; assert 'asyncio' not in sys.modules; pollux.run"
        self.assertEqual(run(code, self.path, POLLUX_LIBRARY=self.library).stderr, "")


class VersionTest(unittest.TestCase):
    def test_the_version_is_that_of_the_library(self):
        own = (_ffi.PLX_VERSION_MAJOR, _ffi.PLX_VERSION_MINOR, _ffi.PLX_VERSION_PATCH)
        self.assertEqual(pollux.__version__, "%d.%d.%d" % own)
        self.assertEqual(pollux.library_version().split(".")[:2], pollux.__version__.split(".")[:2])


if __name__ == "__main__":
    unittest.main()
