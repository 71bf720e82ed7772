// SPDX-License-Identifier: MIT
//! Results of the C library as `std::io::Result`.

use std::ffi::CStr;
use std::io;
use std::os::raw::c_int;
use std::time::Duration;

use pollux_sys as sys;

// The same numbers on every Unix.
const ENOENT: i32 = 2;
const EBUSY: i32 = 16;
const EINVAL: i32 = 22;

/// A result of the C library: the value, or the error with its number.
pub(crate) fn check(rc: c_int) -> io::Result<c_int> {
    if rc < 0 {
        Err(error_of(rc))
    } else {
        Ok(rc)
    }
}

pub(crate) fn error_of(rc: c_int) -> io::Error {
    io::Error::from_raw_os_error(-rc)
}

/// What a handle answers that is closed, or whose loop is gone.
pub(crate) fn closed() -> io::Error {
    io::Error::from_raw_os_error(ENOENT)
}

pub(crate) fn busy() -> io::Error {
    io::Error::from_raw_os_error(EBUSY)
}

pub(crate) fn invalid() -> io::Error {
    io::Error::from_raw_os_error(EINVAL)
}

/// Static text of the library.
pub(crate) fn text(pointer: *const std::os::raw::c_char) -> &'static str {
    if pointer.is_null() {
        return "";
    }
    // SAFETY: each function of the library that returns text gives static text with an end.
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap_or("")
}

/// The symbolic name of an error of this crate, such as `"EBADF"`, or `"UNKNOWN"` for one without
/// an error number or with one that the library does not give.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let poller = pollux::Poller::new()?;
/// let nowhere = std::fs::File::open("/")?;
/// let refused = poller.register(&nowhere, 0, pollux::Interest::READABLE).unwrap_err();
/// assert_eq!(pollux::error_name(&refused), "EPERM");
/// # Ok(())
/// # }
/// ```
pub fn error_name(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        // SAFETY: any number may be asked for.
        Some(number) if number > 0 => text(unsafe { sys::plx_error_name(-number) }),
        _ => "UNKNOWN",
    }
}

/// Nanoseconds, cut to what 64 bits hold.
pub(crate) fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// A timeout for the library, where a negative one has no end.
pub(crate) fn timeout_ns(timeout: Option<Duration>) -> i64 {
    timeout.map_or(-1, nanoseconds)
}

pub(crate) fn duration_of(nanoseconds: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_what_the_library_takes() {
        assert_eq!(timeout_ns(None), -1);
        assert_eq!(timeout_ns(Some(Duration::from_nanos(7))), 7);
        assert_eq!(timeout_ns(Some(Duration::MAX)), i64::MAX);
        assert_eq!(duration_of(-5), Duration::ZERO);
    }

    #[test]
    fn a_result_is_a_value_or_an_error_with_its_number() {
        assert_eq!(check(3).unwrap(), 3);
        assert_eq!(check(-2).unwrap_err().raw_os_error(), Some(2));
        assert_eq!(closed().kind(), io::ErrorKind::NotFound);
    }
}
