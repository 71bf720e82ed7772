// SPDX-License-Identifier: MIT
//! What runs in the threads of a loop's pool.

use std::ffi::CString;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::raw::{c_int, c_void};
use std::os::unix::io::{AsFd, AsRawFd};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr::{self, addr_of};
use std::rc::Rc;
use std::slice;
use std::sync::{Arc, Mutex};

use pollux_sys as sys;

use super::once::{finish, Job, OnceSlot};
use super::slot::{handle_methods, start, Handle, Slot};
use super::Loop;
use crate::error::{check, error_of, invalid};
use crate::ownership::lock;

/// Work in the pool of a [`Loop`], made by [`Loop::work`], [`Loop::resolve`], [`Loop::read_file`]
/// and [`Loop::write_file`].
///
/// Dropping it takes back what has not begun, as [`close`](Self::close) does; what is running goes
/// on, and its callback comes.
#[must_use = "dropping it cancels what has not begun; detach() leaves it to the loop"]
pub struct Work(Handle<dyn Slot>);

handle_methods!([] Work, "Work",
    "Cancels work that has not begun: its callback runs with `ECANCELED` within this call. Work \
     that is running cannot be taken back: that is `EBUSY`, and its callback will come.");

/// Which addresses [`Loop::resolve`] is to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressFamily {
    /// All.
    Any,
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

impl Loop {
    /// Runs `work` in a thread of the pool, then `done` in the loop's thread with what it returned,
    /// or with the error `ECANCELED` if it never began.
    ///
    /// A panic in `work` stops the loop and is resumed by [`run`](Self::run), as one in a callback;
    /// `done` is not called then.
    pub fn work<W, R, D>(&self, work: W, done: D) -> io::Result<Work>
    where
        W: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
        D: FnOnce(&Loop, io::Result<R>) + 'static,
    {
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        let job: Job = Box::new(move || {
            let outcome = catch_unwind(AssertUnwindSafe(work));
            *lock(&place) = Some(outcome);
        });
        let done = move |event_loop: &Loop, status: c_int| {
            let outcome = lock(&result).take();
            match outcome {
                Some(Ok(value)) => done(event_loop, Ok(value)),
                Some(Err(panic)) => resume_unwind(panic),
                None => done(event_loop, Err(error_of(status))),
            }
        };
        let slot = OnceSlot::<c_int>::new(&self.inner, Some(job), done);
        self.start_work(slot, |raw, out, user| {
            // SAFETY: `user` is the slot, which the loop owns until on_done() or its own end, when
            // no thread of the pool is left.
            unsafe { sys::plx_work_start(raw, out, Some(on_work), Some(on_done), user) }
        })
    }

    /// Finds the addresses of `host`, a name or a numeric address, with the port of `service`, a
    /// number or a name; without one it is 0.
    ///
    /// `done` gets at least one address, or an error: `ENOENT` (no such name, or none of that
    /// family), `EAGAIN` (try again later), `EIO` (the resolver failed), `EINVAL` (no such
    /// service), `ECANCELED`. A text with a NUL in it is `EINVAL` here.
    pub fn resolve<D>(
        &self,
        host: &str,
        service: Option<&str>,
        family: AddressFamily,
        done: D,
    ) -> io::Result<Work>
    where
        D: FnOnce(&Loop, io::Result<Vec<SocketAddr>>) + 'static,
    {
        let host = CString::new(host).map_err(|_| invalid())?;
        let service = service.map(CString::new).transpose();
        let service = service.map_err(|_| invalid())?;
        let service_text = service.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        let family = match family {
            AddressFamily::Any => 0,
            AddressFamily::Ipv4 => sys::PLX_ADDRESS_IPV4,
            AddressFamily::Ipv6 => sys::PLX_ADDRESS_IPV6,
        };
        let slot = OnceSlot::<io::Result<Vec<SocketAddr>>>::new(&self.inner, None, done);
        self.start_work(slot, |raw, out, user| {
            let found = Some(on_resolved as unsafe extern "C" fn(_, _, _, _, _, _));
            // SAFETY: both texts end with NUL and are copied; the rest as in work().
            unsafe {
                sys::plx_resolve_start(raw, out, host.as_ptr(), service_text, family, found, user)
            }
        })
    }

    /// Reads from a file at an offset, until `buffer` is full to its length or the file ends.
    ///
    /// `done` gets how many bytes were read, 0 at the end of the file, and the file and the buffer
    /// back, whose length is as before.
    pub fn read_file<T, D>(
        &self,
        file: T,
        mut buffer: Vec<u8>,
        offset: u64,
        done: D,
    ) -> io::Result<Work>
    where
        T: AsFd + 'static,
        D: FnOnce(&Loop, io::Result<usize>, T, Vec<u8>) + 'static,
    {
        let fd = file.as_fd().as_raw_fd();
        let (memory, size) = (buffer.as_mut_ptr().cast(), buffer.len());
        let offset = offset_of(offset)?;
        let done = move |event_loop: &Loop, result| done(event_loop, result, file, buffer);
        let slot = OnceSlot::<io::Result<usize>>::new(&self.inner, None, done);
        self.start_work(slot, |raw, out, user| {
            // SAFETY: the slot owns file and buffer, and stays until on_file(), or until no thread
            // of the pool is left. Nobody else has them meanwhile.
            unsafe {
                sys::plx_file_read_start(raw, out, fd, memory, size, offset, Some(on_file), user)
            }
        })
    }

    /// Writes all of `buffer` to a file at an offset.
    ///
    /// `done` gets how many bytes were written, which is all of them, or an error, and the file and
    /// the buffer back.
    pub fn write_file<T, D>(
        &self,
        file: T,
        buffer: Vec<u8>,
        offset: u64,
        done: D,
    ) -> io::Result<Work>
    where
        T: AsFd + 'static,
        D: FnOnce(&Loop, io::Result<usize>, T, Vec<u8>) + 'static,
    {
        let fd = file.as_fd().as_raw_fd();
        let (memory, size) = (buffer.as_ptr().cast(), buffer.len());
        let offset = offset_of(offset)?;
        let done = move |event_loop: &Loop, result| done(event_loop, result, file, buffer);
        let slot = OnceSlot::<io::Result<usize>>::new(&self.inner, None, done);
        self.start_work(slot, |raw, out, user| {
            // SAFETY: as in read_file().
            unsafe {
                sys::plx_file_write_start(raw, out, fd, memory, size, offset, Some(on_file), user)
            }
        })
    }

    fn start_work<A: 'static>(
        &self,
        slot: Rc<OnceSlot<A>>,
        call: impl FnOnce(*mut sys::plx_loop, *mut sys::plx_handle, *mut c_void) -> c_int,
    ) -> io::Result<Work> {
        let slot: Rc<dyn Slot> = start(&self.inner, slot, call)?;
        Ok(Work(Handle::owning(slot)))
    }
}

fn offset_of(offset: u64) -> io::Result<i64> {
    i64::try_from(offset).map_err(|_| invalid())
}

/// In a thread of the pool, which may touch the job only.
unsafe extern "C" fn on_work(user: *mut c_void) {
    let slot = user as *const OnceSlot<c_int>;
    // SAFETY: the slot stays until this has returned, and only this field of it is referred to.
    let job = unsafe { &*addr_of!((*slot).job) };
    let job = lock(job).take();
    if let Some(job) = job {
        // The work itself cannot unwind out of its job, nor does anything else in it panic.
        job();
    }
}

unsafe extern "C" fn on_done(
    _: *mut sys::plx_loop,
    _: sys::plx_handle,
    status: c_int,
    user: *mut c_void,
) {
    // SAFETY: the library gives back what Loop::work() gave it, once.
    unsafe { finish::<c_int>(user, || status) }
}

unsafe extern "C" fn on_file(
    _: *mut sys::plx_loop,
    _: sys::plx_handle,
    result: i64,
    user: *mut c_void,
) {
    let outcome = || match usize::try_from(result) {
        Ok(count) => Ok(count),
        Err(_) => Err(error_of(result as c_int)),
    };
    // SAFETY: the library gives back what was given it, once.
    unsafe { finish::<io::Result<usize>>(user, outcome) }
}

unsafe extern "C" fn on_resolved(
    _: *mut sys::plx_loop,
    _: sys::plx_handle,
    status: c_int,
    list: *const sys::plx_address,
    count: usize,
    user: *mut c_void,
) {
    let addresses = || {
        check(status)?;
        // SAFETY: without an error there are `count` of them, during this call.
        let list = unsafe { slice::from_raw_parts(list, count) };
        Ok(list.iter().map(socket_address).collect::<Vec<_>>())
    };
    // SAFETY: the library gives back what Loop::resolve() gave it, once.
    unsafe { finish::<io::Result<Vec<SocketAddr>>>(user, addresses) }
}

fn socket_address(address: &sys::plx_address) -> SocketAddr {
    let bytes = address.bytes;
    if address.family == sys::PLX_ADDRESS_IPV4 {
        let ip = Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]);
        return SocketAddr::new(IpAddr::V4(ip), address.port);
    }
    let ip = Ipv6Addr::from(bytes);
    SocketAddr::V6(SocketAddrV6::new(ip, address.port, 0, address.scope_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_bytes_port_and_scope() {
        let mut address = sys::plx_address {
            family: sys::PLX_ADDRESS_IPV4,
            port: 80,
            ..Default::default()
        };
        address.bytes[..4].copy_from_slice(&[127, 0, 0, 1]);
        assert_eq!(socket_address(&address).to_string(), "127.0.0.1:80");
        address.family = sys::PLX_ADDRESS_IPV6;
        address.bytes = Ipv6Addr::LOCALHOST.octets();
        address.scope_id = 3;
        assert_eq!(socket_address(&address).to_string(), "[::1%3]:80");
    }
}
