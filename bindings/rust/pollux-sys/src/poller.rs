// SPDX-License-Identifier: MIT
//! Version, errors, backends and the poller.

use std::mem::size_of;
use std::os::raw::{c_char, c_int};

use crate::opaque;

// Version -----------------------------------------------------------------------------------------

pub const PLX_VERSION_MAJOR: u32 = 0;
pub const PLX_VERSION_MINOR: u32 = 1;
pub const PLX_VERSION_PATCH: u32 = 0;

extern "C" {
    pub fn plx_version() -> u32;
    pub fn plx_version_string() -> *const c_char;
}

// Errors ------------------------------------------------------------------------------------------

extern "C" {
    pub fn plx_strerror(rc: c_int) -> *const c_char;
    pub fn plx_error_name(rc: c_int) -> *const c_char;
}

// Backends ----------------------------------------------------------------------------------------

pub const PLX_BACKEND_AUTO: u32 = 0;
pub const PLX_BACKEND_EPOLL: u32 = 1;
pub const PLX_BACKEND_KQUEUE: u32 = 2;
pub const PLX_BACKEND_POLL: u32 = 3;

pub const PLX_CAP_EDGE: u32 = 0x01;
pub const PLX_CAP_EXCLUSIVE: u32 = 0x02;
pub const PLX_CAP_PRIORITY: u32 = 0x04;
pub const PLX_CAP_READ_CLOSED: u32 = 0x08;
pub const PLX_CAP_NS_TIMEOUT: u32 = 0x10;
pub const PLX_CAP_NATIVE_FD: u32 = 0x20;

extern "C" {
    pub fn plx_backend_list(ids: *mut u32, capacity: usize) -> usize;
    pub fn plx_backend_name(backend: u32) -> *const c_char;
    pub fn plx_backend_from_name(name: *const c_char, out: *mut u32) -> c_int;
    pub fn plx_backend_capabilities(backend: u32) -> u32;
}

// Poller ------------------------------------------------------------------------------------------

pub const PLX_READABLE: u32 = 0x0001;
pub const PLX_PRIORITY: u32 = 0x0002;
pub const PLX_WRITABLE: u32 = 0x0004;
pub const PLX_ERROR: u32 = 0x0008;
pub const PLX_HANGUP: u32 = 0x0010;
pub const PLX_READ_CLOSED: u32 = 0x2000;

pub const PLX_EDGE: u32 = 0x10000;
pub const PLX_ONESHOT: u32 = 0x20000;
pub const PLX_EXCLUSIVE: u32 = 0x40000;

pub const PLX_WOKEN: u32 = 0x10_0000;

opaque! {
    /// A set of descriptors that is watched for readiness.
    plx_poller
}

/// One event, 16 bytes for ever.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct plx_event {
    pub token: u64,
    pub fd: i32,
    pub events: u32,
}

/// How a poller is made. Start from [`PLX_POLLER_OPTIONS_INIT`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct plx_poller_options {
    pub struct_size: usize,
    pub backend: u32,
    pub required_capabilities: u32,
    pub flags: u32,
    pub reserved: u32,
}

pub const PLX_POLLER_OPTIONS_INIT: plx_poller_options = plx_poller_options {
    struct_size: size_of::<plx_poller_options>(),
    backend: PLX_BACKEND_AUTO,
    required_capabilities: 0,
    flags: 0,
    reserved: 0,
};

extern "C" {
    pub fn plx_poller_create(
        out: *mut *mut plx_poller,
        options: *const plx_poller_options,
    ) -> c_int;
    pub fn plx_poller_destroy(poller: *mut plx_poller);
    pub fn plx_poller_backend(poller: *const plx_poller) -> u32;
    pub fn plx_poller_count(poller: *const plx_poller) -> usize;
    pub fn plx_poller_fd(poller: *const plx_poller) -> c_int;
    pub fn plx_poller_add(poller: *mut plx_poller, fd: c_int, token: u64, interest: u32) -> c_int;
    pub fn plx_poller_modify(
        poller: *mut plx_poller,
        fd: c_int,
        token: u64,
        interest: u32,
    ) -> c_int;
    pub fn plx_poller_remove(poller: *mut plx_poller, fd: c_int) -> c_int;
    pub fn plx_poller_wait(
        poller: *mut plx_poller,
        events: *mut plx_event,
        capacity: c_int,
        timeout_ns: i64,
    ) -> c_int;
    pub fn plx_poller_wake(poller: *mut plx_poller) -> c_int;
    pub fn plx_poller_after_fork(poller: *mut plx_poller) -> c_int;
}
