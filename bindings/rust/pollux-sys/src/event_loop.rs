// SPDX-License-Identifier: MIT
//! The loop.

use std::mem::size_of;
use std::os::raw::{c_char, c_int, c_void};

use crate::opaque;
use crate::poller::PLX_BACKEND_AUTO;

opaque! {
    /// An event loop.
    plx_loop
}

/// What was started on a loop; 0 is no handle.
pub type plx_handle = u64;

pub const PLX_KIND_NONE: u32 = 0;
pub const PLX_KIND_IO: u32 = 1;
pub const PLX_KIND_TIMER: u32 = 2;
pub const PLX_KIND_SIGNAL: u32 = 3;
pub const PLX_KIND_CHILD: u32 = 4;
pub const PLX_KIND_WORK: u32 = 5;
pub const PLX_KIND_POST: u32 = 6;

// Callbacks. Each is a C pointer that may be null; none of them may unwind.

pub type plx_io_fn = Option<
    unsafe extern "C" fn(loop_: *mut plx_loop, handle: plx_handle, events: u32, user: *mut c_void),
>;
pub type plx_timer_fn =
    Option<unsafe extern "C" fn(loop_: *mut plx_loop, handle: plx_handle, user: *mut c_void)>;
pub type plx_signal_fn = Option<
    unsafe extern "C" fn(loop_: *mut plx_loop, handle: plx_handle, signo: c_int, user: *mut c_void),
>;
pub type plx_child_fn = Option<
    unsafe extern "C" fn(
        loop_: *mut plx_loop,
        handle: plx_handle,
        status: c_int,
        user: *mut c_void,
    ),
>;
pub type plx_work_fn = Option<unsafe extern "C" fn(user: *mut c_void)>;
pub type plx_done_fn = Option<
    unsafe extern "C" fn(
        loop_: *mut plx_loop,
        handle: plx_handle,
        status: c_int,
        user: *mut c_void,
    ),
>;
pub type plx_post_fn = Option<unsafe extern "C" fn(loop_: *mut plx_loop, user: *mut c_void)>;
pub type plx_resolve_fn = Option<
    unsafe extern "C" fn(
        loop_: *mut plx_loop,
        handle: plx_handle,
        status: c_int,
        list: *const plx_address,
        count: usize,
        user: *mut c_void,
    ),
>;
pub type plx_file_fn = Option<
    unsafe extern "C" fn(loop_: *mut plx_loop, handle: plx_handle, result: i64, user: *mut c_void),
>;
pub type plx_trace_fn = Option<
    unsafe extern "C" fn(loop_: *mut plx_loop, event: *const plx_trace_event, user: *mut c_void),
>;

// Life cycle --------------------------------------------------------------------------------------

/// How a loop is made. Start from [`PLX_LOOP_OPTIONS_INIT`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct plx_loop_options {
    pub struct_size: usize,
    pub backend: u32,
    pub required_capabilities: u32,
    pub flags: u32,
    pub work_threads: u32,
    pub events_per_wait: u32,
    pub reserved: u32,
}

pub const PLX_LOOP_TIME_CALLBACKS: u32 = 0x1;

pub const PLX_LOOP_OPTIONS_INIT: plx_loop_options = plx_loop_options {
    struct_size: size_of::<plx_loop_options>(),
    backend: PLX_BACKEND_AUTO,
    required_capabilities: 0,
    flags: 0,
    work_threads: 0,
    events_per_wait: 0,
    reserved: 0,
};

pub const PLX_RUN_DEFAULT: u32 = 0;
pub const PLX_RUN_ONCE: u32 = 1;
pub const PLX_RUN_NOWAIT: u32 = 2;

extern "C" {
    pub fn plx_loop_create(out: *mut *mut plx_loop, options: *const plx_loop_options) -> c_int;
    pub fn plx_loop_destroy(loop_: *mut plx_loop);
    pub fn plx_loop_run(loop_: *mut plx_loop, mode: u32) -> c_int;
    pub fn plx_loop_stop(loop_: *mut plx_loop) -> c_int;
    pub fn plx_loop_now(loop_: *const plx_loop) -> i64;
    pub fn plx_loop_update_now(loop_: *mut plx_loop) -> i64;
    pub fn plx_loop_backend(loop_: *const plx_loop) -> u32;
    pub fn plx_loop_fd(loop_: *const plx_loop) -> c_int;
    pub fn plx_loop_next_deadline(loop_: *mut plx_loop, out: *mut i64) -> c_int;
    pub fn plx_loop_after_fork(loop_: *mut plx_loop) -> c_int;
}

// Handles -----------------------------------------------------------------------------------------

extern "C" {
    pub fn plx_close(loop_: *mut plx_loop, handle: plx_handle) -> c_int;
    pub fn plx_unref(loop_: *mut plx_loop, handle: plx_handle) -> c_int;
    pub fn plx_ref(loop_: *mut plx_loop, handle: plx_handle) -> c_int;
    pub fn plx_io_start(
        loop_: *mut plx_loop,
        out: *mut plx_handle,
        fd: c_int,
        interest: u32,
        fn_: plx_io_fn,
        user: *mut c_void,
    ) -> c_int;
    pub fn plx_io_set(loop_: *mut plx_loop, handle: plx_handle, interest: u32) -> c_int;
    pub fn plx_timer_start(
        loop_: *mut plx_loop,
        out: *mut plx_handle,
        delay_ns: i64,
        period_ns: i64,
        fn_: plx_timer_fn,
        user: *mut c_void,
    ) -> c_int;
    pub fn plx_timer_set(
        loop_: *mut plx_loop,
        handle: plx_handle,
        delay_ns: i64,
        period_ns: i64,
    ) -> c_int;
    pub fn plx_signal_start(
        loop_: *mut plx_loop,
        out: *mut plx_handle,
        signo: c_int,
        fn_: plx_signal_fn,
        user: *mut c_void,
    ) -> c_int;
    pub fn plx_child_start(
        loop_: *mut plx_loop,
        out: *mut plx_handle,
        pid: i64,
        fn_: plx_child_fn,
        user: *mut c_void,
    ) -> c_int;
    pub fn plx_work_start(
        loop_: *mut plx_loop,
        out: *mut plx_handle,
        work: plx_work_fn,
        done: plx_done_fn,
        user: *mut c_void,
    ) -> c_int;
}

// Resolving, files, posts -------------------------------------------------------------------------

/// An address that [`plx_resolve_start`] has found, 28 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct plx_address {
    pub family: u32,
    pub port: u16,
    pub reserved: u16,
    pub bytes: [u8; 16],
    pub scope_id: u32,
}

pub const PLX_ADDRESS_IPV4: u32 = 4;
pub const PLX_ADDRESS_IPV6: u32 = 6;

extern "C" {
    pub fn plx_resolve_start(
        loop_: *mut plx_loop,
        out: *mut plx_handle,
        host: *const c_char,
        service: *const c_char,
        family: u32,
        fn_: plx_resolve_fn,
        user: *mut c_void,
    ) -> c_int;
    pub fn plx_file_read_start(
        loop_: *mut plx_loop,
        out: *mut plx_handle,
        fd: c_int,
        buffer: *mut c_void,
        size: usize,
        offset: i64,
        fn_: plx_file_fn,
        user: *mut c_void,
    ) -> c_int;
    pub fn plx_file_write_start(
        loop_: *mut plx_loop,
        out: *mut plx_handle,
        fd: c_int,
        buffer: *const c_void,
        size: usize,
        offset: i64,
        fn_: plx_file_fn,
        user: *mut c_void,
    ) -> c_int;
    pub fn plx_post(loop_: *mut plx_loop, fn_: plx_post_fn, user: *mut c_void) -> c_int;
}

// Statistics and trace ----------------------------------------------------------------------------

/// What a loop has done and has to do.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct plx_loop_stats {
    pub struct_size: usize,
    pub iterations: u64,
    pub io_events: u64,
    pub wakes: u64,
    pub timers_fired: u64,
    pub posts: u64,
    pub signals: u64,
    pub interest_changes: u64,
    pub work_queued: u64,
    pub work_running: u64,
    pub work_done: u64,
    pub work_threads: u64,
    pub io_handles: u64,
    pub timer_handles: u64,
    pub active_timers: u64,
    pub signal_handles: u64,
    pub child_handles: u64,
    pub work_handles: u64,
    pub busy_ns: i64,
    pub idle_ns: i64,
    pub slowest_callback_ns: i64,
    pub slowest_callback_kind: u64,
}

pub const PLX_LOOP_STATS_INIT: plx_loop_stats = plx_loop_stats {
    struct_size: size_of::<plx_loop_stats>(),
    iterations: 0,
    io_events: 0,
    wakes: 0,
    timers_fired: 0,
    posts: 0,
    signals: 0,
    interest_changes: 0,
    work_queued: 0,
    work_running: 0,
    work_done: 0,
    work_threads: 0,
    io_handles: 0,
    timer_handles: 0,
    active_timers: 0,
    signal_handles: 0,
    child_handles: 0,
    work_handles: 0,
    busy_ns: 0,
    idle_ns: 0,
    slowest_callback_ns: 0,
    slowest_callback_kind: 0,
};

/// One callback, as a trace shows it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct plx_trace_event {
    pub handle: plx_handle,
    pub start_ns: i64,
    pub duration_ns: i64,
    pub kind: u32,
    pub events: u32,
    pub name: *const c_char,
}

extern "C" {
    pub fn plx_loop_stats_get(loop_: *const plx_loop, out: *mut plx_loop_stats) -> c_int;
    pub fn plx_loop_trace(loop_: *mut plx_loop, fn_: plx_trace_fn, user: *mut c_void) -> c_int;
}
