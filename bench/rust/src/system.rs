// SPDX-License-Identifier: MIT
//! The system calls of the work, the clocks, and how a benchmark gives up: at once and saying why.

use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::os::unix::io::RawFd;
use std::process::exit;
use std::ptr;
use std::time::Duration;

pub fn fail(what: &str, error: impl Display) -> ! {
    eprintln!("{what}: {error}");
    exit(1);
}

/// What a call gave, or the end.
pub fn must<T>(result: io::Result<T>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => fail(what, error),
    }
}

/// How many bytes were read: 0 at the end of the stream, None if there is nothing to read.
pub fn read(fd: RawFd, buffer: &mut [u8]) -> Option<usize> {
    // SAFETY: there is room for so many bytes.
    let count = unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) };
    if count >= 0 {
        return Some(count as usize);
    }
    let error = io::Error::last_os_error();
    if error.kind() == ErrorKind::WouldBlock {
        return None;
    }
    fail("read", error)
}

/// All at once: what the work sends always has room.
pub fn write(fd: RawFd, bytes: &[u8]) {
    // SAFETY: so many bytes are there.
    let count = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    if count != bytes.len() as isize {
        fail("write", io::Error::last_os_error());
    }
}

/// None if no connection is there.
pub fn accept(listener: RawFd) -> Option<RawFd> {
    // SAFETY: the address is not asked for.
    let connection = unsafe { libc::accept(listener, ptr::null_mut(), ptr::null_mut()) };
    if connection >= 0 {
        return Some(connection);
    }
    let error = io::Error::last_os_error();
    if error.kind() == ErrorKind::WouldBlock {
        return None;
    }
    fail("accept", error)
}

/// Of what accept() returned.
pub fn close(connection: RawFd) {
    // SAFETY: nobody else has it.
    unsafe { libc::close(connection) };
}

/// Reads until nothing is left.
pub fn drain(fd: RawFd) {
    let mut bytes = [0; 256];
    while read(fd, &mut bytes).is_some_and(|count| count > 0) {}
}

fn read_clock(id: libc::clockid_t) -> i64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a local variable.
    unsafe { libc::clock_gettime(id, &mut now) };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32).as_nanos() as i64
}

pub fn wall_clock() -> i64 {
    read_clock(libc::CLOCK_MONOTONIC)
}

pub fn thread_processor_clock() -> i64 {
    read_clock(libc::CLOCK_THREAD_CPUTIME_ID)
}
