# SPDX-License-Identifier: MIT
"""Puts the shared library that POLLUX_BUNDLE names into the package.

The wheel is then one for this platform and for any Python. Without that variable it has no library
and is for any platform.
"""

import os
import re
import shutil

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLE = os.environ.get("POLLUX_BUNDLE")


def read(*path):
    with open(os.path.join(HERE, *path), encoding="utf-8") as file:
        return file.read()


def version():
    parts = re.findall(r"^PLX_VERSION_\w+ = (\d+)$", read("pollux", "_ffi.py"), re.MULTILINE)
    return ".".join(parts)


def bundled_name():
    return "libpollux.dylib" if BUNDLE.endswith(".dylib") else "libpollux.so"


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        if BUNDLE:
            # The file itself, not the links of other names to it.
            target = os.path.join(self.build_lib, "pollux", bundled_name())
            shutil.copyfile(os.path.realpath(BUNDLE), target)

    def get_outputs(self, include_bytecode=1):
        outputs = super().get_outputs(include_bytecode)
        if BUNDLE:
            outputs.append(os.path.join(self.build_lib, "pollux", bundled_name()))
        return outputs


class WheelForAnyPython(bdist_wheel):
    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


class DistributionWithLibrary(Distribution):
    def has_ext_modules(self):
        return bool(BUNDLE)


setup(
    version=version(),
    distclass=DistributionWithLibrary,
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": WheelForAnyPython},
)
