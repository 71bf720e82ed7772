// SPDX-License-Identifier: MIT
//! The poller and what wakes it.

use std::fmt;
use std::io;
use std::os::unix::io::{AsFd, BorrowedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::Duration;

use pollux_sys as sys;

use crate::backend::{Backend, Capabilities};
use crate::error::{check, timeout_ns};
use crate::events::Events;
use crate::interest::Interest;
use crate::source::Source;

/// The C poller, shared by all who may still call it.
pub(crate) struct Inner {
    raw: NonNull<sys::plx_poller>,
}

// SAFETY: every function that is called on it is for any thread, at any time, but
// plx_poller_destroy() and plx_poller_after_fork(). The first is called by the last owner only, the
// second is unsafe here too.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

impl Inner {
    pub(crate) fn add(&self, fd: RawFd, token: u64, interest: Interest) -> io::Result<()> {
        // SAFETY: the poller lives as long as `self`.
        check(unsafe { sys::plx_poller_add(self.raw.as_ptr(), fd, token, interest.bits()) })?;
        Ok(())
    }

    pub(crate) fn modify(&self, fd: RawFd, token: u64, interest: Interest) -> io::Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::plx_poller_modify(self.raw.as_ptr(), fd, token, interest.bits()) })?;
        Ok(())
    }

    pub(crate) fn remove(&self, fd: RawFd) -> io::Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::plx_poller_remove(self.raw.as_ptr(), fd) })?;
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: the last owner is here, so no other call is in progress or follows.
        unsafe { sys::plx_poller_destroy(self.raw.as_ptr()) }
    }
}

/// How a [`Poller`] is made.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use pollux::{Backend, Poller};
/// let poller = Poller::builder().backend(Backend::Poll).build()?;
/// assert_eq!(poller.backend(), Backend::Poll);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct PollerBuilder {
    backend: Option<Backend>,
    required: Capabilities,
}

impl PollerBuilder {
    /// This backend and no other, or an error: `ENOTSUP` if it is not here.
    pub fn backend(mut self, backend: Backend) -> PollerBuilder {
        self.backend = Some(backend);
        self
    }

    /// A backend that has all of these, or `ENOTSUP`.
    pub fn require(mut self, capabilities: Capabilities) -> PollerBuilder {
        self.required = capabilities;
        self
    }

    /// Makes the poller.
    pub fn build(self) -> io::Result<Poller> {
        let options = sys::plx_poller_options {
            backend: Backend::id_or_auto(self.backend),
            required_capabilities: self.required.0,
            ..sys::PLX_POLLER_OPTIONS_INIT
        };
        let mut raw = ptr::null_mut();
        // SAFETY: both pointers are to local variables.
        check(unsafe { sys::plx_poller_create(&mut raw, &options) })?;
        let raw = NonNull::new(raw).expect("a successful create sets the poller");
        Ok(Poller {
            inner: Arc::new(Inner { raw }),
        })
    }
}

/// A set of descriptors that is watched for readiness.
///
/// Everything but [`after_fork`](Self::after_fork) may be called from any thread, while others
/// wait, and takes effect on waits in progress. [`Source`]s and [`Waker`]s may outlive the poller;
/// the kernel's object goes with the last of them.
pub struct Poller {
    inner: Arc<Inner>,
}

impl Poller {
    /// On the best backend, or the one that the environment variable `POLLUX_BACKEND` names.
    pub fn new() -> io::Result<Poller> {
        Poller::builder().build()
    }

    /// To choose a backend or what it must be able to do.
    pub fn builder() -> PollerBuilder {
        PollerBuilder::default()
    }

    /// The backend in use.
    pub fn backend(&self) -> Backend {
        // SAFETY: the poller lives as long as `self`.
        Backend::in_use(unsafe { sys::plx_poller_backend(self.inner.raw.as_ptr()) })
    }

    /// How many descriptors are registered.
    pub fn registered(&self) -> usize {
        // SAFETY: as above.
        unsafe { sys::plx_poller_count(self.inner.raw.as_ptr()) }
    }

    /// Watches a descriptor until the [`Source`] is dropped, which owns `source` meanwhile.
    ///
    /// `source` may be the thing itself, such as a `TcpStream`, which is then closed after its
    /// registration has ended, or a reference to it, or from Rust 1.64 on an `Arc` of it. `token`
    /// comes back in each event.
    ///
    /// Errors: `EEXIST` (registered already), `EPERM` (a regular file or a directory), `EINVAL`
    /// (modes that exclude each other), `ENOTSUP` (a mode that the backend lacks), `ENOMEM`,
    /// `ENOSPC`. `source` is dropped then.
    pub fn register<T: AsFd>(
        &self,
        source: T,
        token: u64,
        interest: Interest,
    ) -> io::Result<Source<T>> {
        Source::new(Arc::clone(&self.inner), source, token, interest)
    }

    /// Waits until something is ready, a wake, or the timeout; `None` waits for ever.
    ///
    /// A wait never ends early. Several threads may wait at once: a one-shot event goes to exactly
    /// one of them. After an error `events` is empty. An error of the kind `Interrupted` means that
    /// a signal handler ran; nothing is lost, wait again.
    pub fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        events.clear();
        let capacity = events.capacity() as i32;
        let timeout = timeout_ns(timeout);
        // SAFETY: the buffer has room for `capacity` events, and nobody else uses it meanwhile.
        let count = check(unsafe {
            sys::plx_poller_wait(self.inner.raw.as_ptr(), events.room(), capacity, timeout)
        })?;
        events.set_filled(count as usize);
        Ok(())
    }

    /// What ends a wait from anywhere.
    pub fn waker(&self) -> Waker {
        Waker {
            inner: Arc::clone(&self.inner),
        }
    }

    /// A descriptor that is readable when there are events, to nest the poller in another event
    /// loop; `ENOTSUP` without [`Capabilities::NATIVE_FD`]. When it is readable, wait with a
    /// timeout of zero. It is for watching only.
    pub fn native_fd(&self) -> io::Result<BorrowedFd<'_>> {
        // SAFETY: the poller lives as long as `self`.
        let fd = check(unsafe { sys::plx_poller_fd(self.inner.raw.as_ptr()) })?;
        // SAFETY: it stays open and the same as long as the poller, but for after_fork(), whose
        // caller takes care of that.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// Watches a descriptor that nothing here owns.
    ///
    /// # Safety
    ///
    /// The descriptor must stay open until [`remove_raw`](Self::remove_raw).
    pub unsafe fn add_raw(&self, fd: RawFd, token: u64, interest: Interest) -> io::Result<()> {
        self.inner.add(fd, token, interest)
    }

    /// Sets what was added with [`add_raw`](Self::add_raw) anew; `ENOENT` if it was not.
    pub fn modify_raw(&self, fd: RawFd, token: u64, interest: Interest) -> io::Result<()> {
        self.inner.modify(fd, token, interest)
    }

    /// Forgets what was added with [`add_raw`](Self::add_raw); `ENOENT` if it was not.
    ///
    /// A [`Source`] whose number is given here is no longer watched, which it answers with
    /// `ENOENT`.
    pub fn remove_raw(&self, fd: RawFd) -> io::Result<()> {
        self.inner.remove(fd)
    }

    /// Makes a poller of the parent process usable in this child, where it is `EINVAL` until then.
    ///
    /// Everything is registered again. A pending wake is dropped.
    ///
    /// # Safety
    ///
    /// No other call on the poller, its sources and wakers may be in progress in this process, and
    /// no descriptor that [`native_fd`](Self::native_fd) has lent may be in use.
    pub unsafe fn after_fork(&self) -> io::Result<()> {
        // SAFETY: the poller lives as long as `self`; the caller sees to the rest.
        check(unsafe { sys::plx_poller_after_fork(self.inner.raw.as_ptr()) })?;
        Ok(())
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Poller")
            .field("backend", &self.backend())
            .field("registered", &self.registered())
            .finish()
    }
}

/// Ends waits of a [`Poller`] from any thread.
#[derive(Clone)]
pub struct Waker {
    inner: Arc<Inner>,
}

impl Waker {
    /// Ends one wait, the one in progress or else the next one, which reports
    /// [`Events::woken`]. Wakes before that count as one; none is lost.
    ///
    /// Safe in a signal handler, too.
    pub fn wake(&self) -> io::Result<()> {
        // SAFETY: the poller lives as long as `self`.
        check(unsafe { sys::plx_poller_wake(self.inner.raw.as_ptr()) })?;
        Ok(())
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Waker")
    }
}
