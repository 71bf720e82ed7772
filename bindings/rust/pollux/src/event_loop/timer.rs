// SPDX-License-Identifier: MIT
//! Timers.

use std::cell::Cell;
use std::io;
use std::os::raw::c_void;
use std::rc::Rc;
use std::time::Duration;

use pollux_sys as sys;

use super::slot::{close, dispatch, handle_methods, start, Handle, Link, Slot};
use super::Loop;
use crate::error::{invalid, nanoseconds};
use crate::ownership::Callback;

type TimerFn = dyn FnMut(&Loop, &Timer);

pub(crate) struct TimerSlot {
    link: Link,
    callback: Callback<Box<TimerFn>>,
    is_periodic: Cell<bool>,
    is_set: Cell<bool>,
}

impl Slot for TimerSlot {
    fn link(&self) -> &Link {
        &self.link
    }

    fn drop_closures(&self) {
        self.callback.close();
    }
}

/// A timer of a [`Loop`], made by [`Loop::timer`]. It is closed when it is dropped.
///
/// Once it has fired, one without a period can be set again. A detached one is closed when it has
/// fired or was stopped within its callback, as nobody can set it any more.
#[must_use = "dropping it stops it; detach() leaves it to the loop"]
pub struct Timer(Handle<TimerSlot>);

handle_methods!([] Timer, "Timer",
    "Ends the timer. The callback does not run again; if it is running, it is dropped afterwards.");

impl Timer {
    /// Sets the timer anew, whether it has fired or not; times as in [`Loop::timer`].
    pub fn set(&self, delay: Duration, period: Option<Duration>) -> io::Result<()> {
        let slot = &self.0.slot;
        let period_ns = period_ns(period)?;
        // SAFETY: the loop and the handle are the library's own.
        slot.link.call(|raw, handle| unsafe {
            sys::plx_timer_set(raw, handle, nanoseconds(delay), period_ns)
        })?;
        slot.is_periodic.set(period.is_some());
        slot.is_set.set(true);
        Ok(())
    }

    /// Stops the timer until it is set again.
    pub fn stop(&self) -> io::Result<()> {
        let slot = &self.0.slot;
        // SAFETY: the loop and the handle are the library's own.
        slot.link
            .call(|raw, handle| unsafe { sys::plx_timer_set(raw, handle, -1, 0) })?;
        slot.is_set.set(false);
        Ok(())
    }
}

/// 0 is none for the library, so that a period of zero would be no period.
fn period_ns(period: Option<Duration>) -> io::Result<i64> {
    match period.map_or(0, nanoseconds) {
        0 if period.is_some() => Err(invalid()),
        period => Ok(period),
    }
}

impl Loop {
    /// Calls `callback` after `delay`, and then in each `period` if there is one.
    ///
    /// The delay counts from [`now`](Self::now), and no timer fires early. A periodic one keeps to
    /// multiples of its period; those that went by unserved are left out. A period of zero is
    /// `EINVAL`.
    pub fn timer<F>(
        &self,
        delay: Duration,
        period: Option<Duration>,
        callback: F,
    ) -> io::Result<Timer>
    where
        F: FnMut(&Loop, &Timer) + 'static,
    {
        let period_ns = period_ns(period)?;
        let slot = Rc::new(TimerSlot {
            link: Link::new(&self.inner),
            callback: Callback::new(Box::new(callback)),
            is_periodic: Cell::new(period.is_some()),
            is_set: Cell::new(true),
        });
        let delay_ns = nanoseconds(delay);
        let slot = start(&self.inner, slot, |raw, out, user| {
            // SAFETY: `user` is the slot, which the loop owns until the handle is closed.
            unsafe { sys::plx_timer_start(raw, out, delay_ns, period_ns, Some(on_timer), user) }
        })?;
        Ok(Timer(Handle::owning(slot)))
    }
}

unsafe extern "C" fn on_timer(_: *mut sys::plx_loop, _: sys::plx_handle, user: *mut c_void) {
    let call = |event_loop: &Loop, slot: &Rc<TimerSlot>| {
        let timer = Timer(Handle::lent(slot));
        slot.is_set.set(slot.is_periodic.get());
        slot.callback.with(|callback| callback(event_loop, &timer));
        if slot.link.is_detached.get() && !slot.is_set.get() {
            // It may have closed itself.
            let _ = close(&**slot);
        }
    };
    // SAFETY: the library gives back what Loop::timer() gave it, and nothing after the close.
    unsafe { dispatch(user, call) }
}
