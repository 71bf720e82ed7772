// SPDX-License-Identifier: MIT
//! Descriptors on a loop.

use std::io;
use std::os::raw::c_void;
use std::os::unix::io::{AsFd, AsRawFd};
use std::rc::Rc;

use pollux_sys as sys;

use super::slot::{dispatch, handle_methods, start, Handle, Link, Slot};
use super::Loop;
use crate::interest::{Interest, Readiness};
use crate::ownership::Callback;

type IoFn<T> = dyn FnMut(&Loop, &Io<T>, Readiness);

pub(crate) struct IoSlot<T: AsFd + 'static> {
    link: Link,
    callback: Callback<Box<IoFn<T>>>,
    source: T,
}

impl<T: AsFd + 'static> Slot for IoSlot<T> {
    fn link(&self) -> &Link {
        &self.link
    }

    fn drop_closures(&self) {
        self.callback.close();
    }
}

/// A descriptor that a [`Loop`] watches, made by [`Loop::io`]. It owns the `T`, and is closed when
/// it is dropped; the `T` goes after that.
#[must_use = "dropping it closes it; detach() leaves it to the loop"]
pub struct Io<T: AsFd + 'static>(Handle<IoSlot<T>>);

handle_methods!([<T: AsFd + 'static>] Io<T>, "Io",
    "Ends the watch. The callback does not run again; if it is running, it is dropped afterwards. \
     The descriptor stays open until this value and its aliases are dropped.");

impl<T: AsFd + 'static> Io<T> {
    /// What is watched.
    ///
    /// Streams of the standard library can be read and written through a reference:
    /// `io.get_ref().read(&mut buffer)`.
    pub fn get_ref(&self) -> &T {
        &self.0.slot.source
    }

    /// Changes what it is watched for, or arms it again after a one-shot event.
    ///
    /// It reaches the kernel before the next wait, and only if it is different by then: turning
    /// something on and off again costs nothing.
    pub fn set(&self, interest: Interest) -> io::Result<()> {
        // SAFETY: the loop and the handle are the library's own.
        self.0
            .slot
            .link
            .call(|raw, handle| unsafe { sys::plx_io_set(raw, handle, interest.bits()) })
    }
}

impl Loop {
    /// Watches a descriptor and calls `callback` when it is ready.
    ///
    /// The loop owns `source` until the [`Io`] is closed: a socket or the like, or an `Rc` or `Arc`
    /// of it. It should keep the same descriptor for all that time, as the types of the standard
    /// library do. Errors are those of [`Poller::register`](crate::Poller::register).
    pub fn io<T, F>(&self, source: T, interest: Interest, callback: F) -> io::Result<Io<T>>
    where
        T: AsFd + 'static,
        F: FnMut(&Loop, &Io<T>, Readiness) + 'static,
    {
        let fd = source.as_fd().as_raw_fd();
        let slot = Rc::new(IoSlot {
            link: Link::new(&self.inner),
            callback: Callback::new(Box::new(callback)),
            source,
        });
        let bits = interest.bits();
        let slot = start(&self.inner, slot, |raw, out, user| {
            // SAFETY: `user` is the slot, which the loop owns until the handle is closed.
            unsafe { sys::plx_io_start(raw, out, fd, bits, Some(on_io::<T>), user) }
        })?;
        Ok(Io(Handle::owning(slot)))
    }
}

unsafe extern "C" fn on_io<T: AsFd + 'static>(
    _: *mut sys::plx_loop,
    _: sys::plx_handle,
    events: u32,
    user: *mut c_void,
) {
    let call = |event_loop: &Loop, slot: &Rc<IoSlot<T>>| {
        let io = Io(Handle::lent(slot));
        let readiness = Readiness::from_bits(events);
        slot.callback
            .with(|callback| callback(event_loop, &io, readiness));
    };
    // SAFETY: the library gives back what Loop::io() gave it, and nothing after the close.
    unsafe { dispatch(user, call) }
}
