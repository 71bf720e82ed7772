# SPDX-License-Identifier: MIT
"""The C interface: each constant, struct and function of pollux.h. A test compares the two."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)

from . import _library

PLX_VERSION_MAJOR = 0
PLX_VERSION_MINOR = 1
PLX_VERSION_PATCH = 0

PLX_BACKEND_AUTO = 0
PLX_BACKEND_EPOLL = 1
PLX_BACKEND_KQUEUE = 2
PLX_BACKEND_POLL = 3

PLX_CAP_EDGE = 0x01
PLX_CAP_EXCLUSIVE = 0x02
PLX_CAP_PRIORITY = 0x04
PLX_CAP_READ_CLOSED = 0x08
PLX_CAP_NS_TIMEOUT = 0x10
PLX_CAP_NATIVE_FD = 0x20

PLX_READABLE = 0x0001
PLX_PRIORITY = 0x0002
PLX_WRITABLE = 0x0004
PLX_ERROR = 0x0008
PLX_HANGUP = 0x0010
PLX_READ_CLOSED = 0x2000
PLX_EDGE = 0x10000
PLX_ONESHOT = 0x20000
PLX_EXCLUSIVE = 0x40000
PLX_WOKEN = 0x100000

PLX_KIND_NONE = 0
PLX_KIND_IO = 1
PLX_KIND_TIMER = 2
PLX_KIND_SIGNAL = 3
PLX_KIND_CHILD = 4
PLX_KIND_WORK = 5
PLX_KIND_POST = 6

PLX_LOOP_TIME_CALLBACKS = 0x1

PLX_RUN_DEFAULT = 0
PLX_RUN_ONCE = 1
PLX_RUN_NOWAIT = 2

PLX_ADDRESS_IPV4 = 4
PLX_ADDRESS_IPV6 = 6


class plx_event(Structure):
    _fields_ = [("token", c_uint64), ("fd", c_int32), ("events", c_uint32)]


class plx_poller_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("backend", c_uint32),
        ("required_capabilities", c_uint32),
        ("flags", c_uint32),
        ("reserved", c_uint32),
    ]


class plx_loop_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("backend", c_uint32),
        ("required_capabilities", c_uint32),
        ("flags", c_uint32),
        ("work_threads", c_uint32),
        ("events_per_wait", c_uint32),
        ("reserved", c_uint32),
    ]


class plx_address(Structure):
    _fields_ = [
        ("family", c_uint32),
        ("port", c_uint16),
        ("reserved", c_uint16),
        ("bytes", c_uint8 * 16),
        ("scope_id", c_uint32),
    ]


class plx_loop_stats(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("iterations", c_uint64),
        ("io_events", c_uint64),
        ("wakes", c_uint64),
        ("timers_fired", c_uint64),
        ("posts", c_uint64),
        ("signals", c_uint64),
        ("interest_changes", c_uint64),
        ("work_queued", c_uint64),
        ("work_running", c_uint64),
        ("work_done", c_uint64),
        ("work_threads", c_uint64),
        ("io_handles", c_uint64),
        ("timer_handles", c_uint64),
        ("active_timers", c_uint64),
        ("signal_handles", c_uint64),
        ("child_handles", c_uint64),
        ("work_handles", c_uint64),
        ("busy_ns", c_int64),
        ("idle_ns", c_int64),
        ("slowest_callback_ns", c_int64),
        ("slowest_callback_kind", c_uint64),
    ]


class plx_trace_event(Structure):
    _fields_ = [
        ("handle", c_uint64),
        ("start_ns", c_int64),
        ("duration_ns", c_int64),
        ("kind", c_uint32),
        ("events", c_uint32),
        ("name", c_char_p),
    ]


# Pointers to opaque structs and `void* user` are all c_void_p, which Python sees as numbers.
plx_handle = c_uint64
plx_io_fn = CFUNCTYPE(None, c_void_p, plx_handle, c_uint32, c_void_p)
plx_timer_fn = CFUNCTYPE(None, c_void_p, plx_handle, c_void_p)
plx_signal_fn = CFUNCTYPE(None, c_void_p, plx_handle, c_int, c_void_p)
plx_child_fn = CFUNCTYPE(None, c_void_p, plx_handle, c_int, c_void_p)
plx_work_fn = CFUNCTYPE(None, c_void_p)
plx_done_fn = CFUNCTYPE(None, c_void_p, plx_handle, c_int, c_void_p)
plx_post_fn = CFUNCTYPE(None, c_void_p, c_void_p)
plx_resolve_fn = CFUNCTYPE(
    None, c_void_p, plx_handle, c_int, POINTER(plx_address), c_size_t, c_void_p
)
plx_file_fn = CFUNCTYPE(None, c_void_p, plx_handle, c_int64, c_void_p)
plx_trace_fn = CFUNCTYPE(None, c_void_p, POINTER(plx_trace_event), c_void_p)

_NEW_HANDLE = [c_void_p, POINTER(plx_handle)]

FUNCTIONS = {
    "plx_version": (c_uint32, []),
    "plx_version_string": (c_char_p, []),
    "plx_strerror": (c_char_p, [c_int]),
    "plx_error_name": (c_char_p, [c_int]),
    "plx_backend_list": (c_size_t, [POINTER(c_uint32), c_size_t]),
    "plx_backend_name": (c_char_p, [c_uint32]),
    "plx_backend_from_name": (c_int, [c_char_p, POINTER(c_uint32)]),
    "plx_backend_capabilities": (c_uint32, [c_uint32]),
    "plx_poller_create": (c_int, [POINTER(c_void_p), POINTER(plx_poller_options)]),
    "plx_poller_destroy": (None, [c_void_p]),
    "plx_poller_backend": (c_uint32, [c_void_p]),
    "plx_poller_count": (c_size_t, [c_void_p]),
    "plx_poller_fd": (c_int, [c_void_p]),
    "plx_poller_add": (c_int, [c_void_p, c_int, c_uint64, c_uint32]),
    "plx_poller_modify": (c_int, [c_void_p, c_int, c_uint64, c_uint32]),
    "plx_poller_remove": (c_int, [c_void_p, c_int]),
    "plx_poller_wait": (c_int, [c_void_p, POINTER(plx_event), c_int, c_int64]),
    "plx_poller_wake": (c_int, [c_void_p]),
    "plx_poller_after_fork": (c_int, [c_void_p]),
    "plx_loop_create": (c_int, [POINTER(c_void_p), POINTER(plx_loop_options)]),
    "plx_loop_destroy": (None, [c_void_p]),
    "plx_loop_run": (c_int, [c_void_p, c_uint32]),
    "plx_loop_stop": (c_int, [c_void_p]),
    "plx_loop_now": (c_int64, [c_void_p]),
    "plx_loop_update_now": (c_int64, [c_void_p]),
    "plx_loop_backend": (c_uint32, [c_void_p]),
    "plx_loop_fd": (c_int, [c_void_p]),
    "plx_loop_next_deadline": (c_int, [c_void_p, POINTER(c_int64)]),
    "plx_loop_after_fork": (c_int, [c_void_p]),
    "plx_close": (c_int, [c_void_p, plx_handle]),
    "plx_unref": (c_int, [c_void_p, plx_handle]),
    "plx_ref": (c_int, [c_void_p, plx_handle]),
    "plx_io_start": (c_int, _NEW_HANDLE + [c_int, c_uint32, plx_io_fn, c_void_p]),
    "plx_io_set": (c_int, [c_void_p, plx_handle, c_uint32]),
    "plx_timer_start": (c_int, _NEW_HANDLE + [c_int64, c_int64, plx_timer_fn, c_void_p]),
    "plx_timer_set": (c_int, [c_void_p, plx_handle, c_int64, c_int64]),
    "plx_signal_start": (c_int, _NEW_HANDLE + [c_int, plx_signal_fn, c_void_p]),
    "plx_child_start": (c_int, _NEW_HANDLE + [c_int64, plx_child_fn, c_void_p]),
    "plx_work_start": (c_int, _NEW_HANDLE + [plx_work_fn, plx_done_fn, c_void_p]),
    "plx_resolve_start": (
        c_int,
        _NEW_HANDLE + [c_char_p, c_char_p, c_uint32, plx_resolve_fn, c_void_p],
    ),
    "plx_file_read_start": (
        c_int,
        _NEW_HANDLE + [c_int, c_void_p, c_size_t, c_int64, plx_file_fn, c_void_p],
    ),
    "plx_file_write_start": (
        c_int,
        _NEW_HANDLE + [c_int, c_void_p, c_size_t, c_int64, plx_file_fn, c_void_p],
    ),
    "plx_post": (c_int, [c_void_p, plx_post_fn, c_void_p]),
    "plx_loop_stats_get": (c_int, [c_void_p, POINTER(plx_loop_stats)]),
    "plx_loop_trace": (c_int, [c_void_p, plx_trace_fn, c_void_p]),
}


def _bind(library):
    for name, (result, arguments) in FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(f"pollux: {library._name} lacks {name}()") from None
        function.restype = result
        function.argtypes = arguments
    return library


# A CDLL gives up the interpreter's lock during each call, so a call that waits holds up nobody.
lib = _library.load()
_library.check_version(lib, PLX_VERSION_MAJOR, PLX_VERSION_MINOR)
_bind(lib)
