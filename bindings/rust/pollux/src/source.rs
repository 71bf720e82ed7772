// SPDX-License-Identifier: MIT
//! A descriptor together with its registration.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::ptr;
use std::sync::Arc;

use crate::interest::Interest;
use crate::poller::Inner;

/// A descriptor that a [`Poller`](crate::Poller) watches, for as long as this value lives.
///
/// It owns what was registered and ends the registration first, so that a closed descriptor is not
/// left registered. It gives no `&mut T`, for a `T` could be swapped through it; reading and
/// writing go through `Source` itself, or through `&T` where a type can do that, as sockets and
/// files can.
///
/// The types of the standard library keep their descriptor for life. Of a type of one's own that
/// closes it or changes it within `&self`, the old one would stay registered and silent until the
/// `Source` is dropped. So does what a leaked `Source` of a reference leaves behind.
#[must_use = "dropping it ends the registration"]
pub struct Source<T: AsFd> {
    source: T,
    fd: RawFd,
    poller: Arc<Inner>,
}

impl<T: AsFd> Source<T> {
    pub(crate) fn new(
        poller: Arc<Inner>,
        source: T,
        token: u64,
        interest: Interest,
    ) -> io::Result<Source<T>> {
        let fd = source.as_fd().as_raw_fd();
        poller.add(fd, token, interest)?;
        Ok(Source { source, fd, poller })
    }

    /// Gives the registration another token and interest, and arms it again: what is ready already
    /// is reported again. Any thread that has a `&Source` may call it.
    pub fn modify(&self, token: u64, interest: Interest) -> io::Result<()> {
        self.poller.modify(self.fd, token, interest)
    }

    /// What is registered; also by `*source`.
    pub fn get_ref(&self) -> &T {
        &self.source
    }

    /// Ends the registration and gives back what was registered.
    pub fn into_inner(self) -> T {
        let mut this = ManuallyDrop::new(self);
        this.end();
        // SAFETY: `this` is neither used again nor dropped, so each field is moved out or dropped
        // once.
        unsafe {
            ptr::drop_in_place(&mut this.poller);
            ptr::read(&this.source)
        }
    }

    fn end(&self) {
        // It fails only if remove_raw() came before; then there is nothing left to end.
        let _ = self.poller.remove(self.fd);
    }
}

impl<T: AsFd> Drop for Source<T> {
    fn drop(&mut self) {
        self.end();
    }
}

impl<T: AsFd> Deref for Source<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.source
    }
}

impl<T: AsFd> AsFd for Source<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<T: AsFd> AsRawFd for Source<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl<T: AsFd + Read> Read for Source<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.source.read_vectored(buffers)
    }
}

impl<T: AsFd + Write> Write for Source<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.source.write(buffer)
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.source.write_vectored(buffers)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.source.flush()
    }
}

impl<T: AsFd + fmt::Debug> fmt::Debug for Source<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Source").field(&self.source).finish()
    }
}
