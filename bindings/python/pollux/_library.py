# SPDX-License-Identifier: MIT
"""Finds and loads the shared library."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))

# The soname carries the version of the binary interface.
if sys.platform == "darwin":
    BUNDLED_NAME = "libpollux.dylib"
    _SONAME = "libpollux.0.dylib"
else:
    BUNDLED_NAME = "libpollux.so"
    _SONAME = "libpollux.so.0"


def _dlopen(path: str, origin: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"pollux: cannot load {origin}: {error}") from None


def _system_library() -> ctypes.CDLL:
    names = [_SONAME]
    found = ctypes.util.find_library("pollux")
    if found:
        names.append(found)
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise ImportError(
        "pollux: the library is not here: this package was built without it, POLLUX_LIBRARY is "
        f"not set, and the system has no {_SONAME}"
    )


def load() -> ctypes.CDLL:
    """The library that POLLUX_LIBRARY names, else the one in this package, else the system's."""
    chosen = os.environ.get("POLLUX_LIBRARY")
    if chosen:
        return _dlopen(chosen, f"what POLLUX_LIBRARY names, {chosen}")
    bundled = os.path.join(_HERE, BUNDLED_NAME)
    if os.path.exists(bundled):
        return _dlopen(bundled, f"the library in this package, {bundled}")
    return _system_library()


def check_version(library: ctypes.CDLL, major: int, minor: int) -> None:
    """ImportError unless the library keeps the interface of that version."""
    try:
        number = library.plx_version
    except AttributeError:
        raise ImportError(f"pollux: {library._name} is no Pollux library") from None
    number.restype = ctypes.c_uint32
    number.argtypes = []
    got_major, got_minor = number() >> 16, number() >> 8 & 0xFF
    # While the major version is 0, a new minor version may change the interface.
    fits = got_major == major and (got_minor == minor if major == 0 else got_minor >= minor)
    if not fits:
        raise ImportError(
            f"pollux: {library._name} has version {got_major}.{got_minor}, and this package is "
            f"for {major}.{minor}"
        )
