// SPDX-License-Identifier: MIT
//! Signals.

use std::io;
use std::os::raw::{c_int, c_void};
use std::rc::Rc;

use pollux_sys as sys;

use super::slot::{dispatch, handle_methods, start, Handle, Link, Slot};
use super::Loop;
use crate::ownership::Callback;

type SignalFn = dyn FnMut(&Loop, &Signal, i32);

pub(crate) struct SignalSlot {
    link: Link,
    callback: Callback<Box<SignalFn>>,
}

impl Slot for SignalSlot {
    fn link(&self) -> &Link {
        &self.link
    }

    fn drop_closures(&self) {
        self.callback.close();
    }
}

/// A signal that a [`Loop`] watches, made by [`Loop::signal`]. It is closed when it is dropped.
#[must_use = "dropping it closes it; detach() leaves it to the loop"]
pub struct Signal(Handle<SignalSlot>);

handle_methods!([] Signal, "Signal",
    "Ends the watch. What was installed for the signal before comes back with the last one.");

impl Loop {
    /// Calls `callback` with the signal's number after it has arrived in this process, once for any
    /// number of them since the last call.
    ///
    /// Any number of loops and handles may watch one signal. One that cannot be caught or that
    /// tells of a fault (`SIGSEGV` and the like) is `EINVAL`.
    pub fn signal<F>(&self, number: i32, callback: F) -> io::Result<Signal>
    where
        F: FnMut(&Loop, &Signal, i32) + 'static,
    {
        let slot = Rc::new(SignalSlot {
            link: Link::new(&self.inner),
            callback: Callback::new(Box::new(callback)),
        });
        let slot = start(&self.inner, slot, |raw, out, user| {
            // SAFETY: `user` is the slot, which the loop owns until the handle is closed.
            unsafe { sys::plx_signal_start(raw, out, number, Some(on_signal), user) }
        })?;
        Ok(Signal(Handle::owning(slot)))
    }
}

unsafe extern "C" fn on_signal(
    _: *mut sys::plx_loop,
    _: sys::plx_handle,
    number: c_int,
    user: *mut c_void,
) {
    let call = |event_loop: &Loop, slot: &Rc<SignalSlot>| {
        let signal = Signal(Handle::lent(slot));
        slot.callback
            .with(|callback| callback(event_loop, &signal, number));
    };
    // SAFETY: the library gives back what Loop::signal() gave it, and nothing after the close.
    unsafe { dispatch(user, call) }
}
