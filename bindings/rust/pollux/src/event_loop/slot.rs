// SPDX-License-Identifier: MIT
//! What is started on a loop, seen from both sides: the loop owns a slot until it is closed, the
//! program has a handle to it.

use std::cell::Cell;
use std::io;
use std::os::raw::{c_int, c_void};
use std::rc::{Rc, Weak};

use pollux_sys as sys;

use super::inner::Inner;
use super::Loop;
use crate::error::{check, closed};

/// The part that all slots share.
pub(crate) struct Link {
    inner: Weak<Inner>,
    key: Cell<usize>,
    /// 0 when it is not open.
    handle: Cell<sys::plx_handle>,
    pub(crate) is_detached: Cell<bool>,
}

impl Link {
    pub(crate) fn new(inner: &Rc<Inner>) -> Link {
        Link {
            inner: Rc::downgrade(inner),
            key: Cell::new(0),
            handle: Cell::new(0),
            is_detached: Cell::new(false),
        }
    }

    /// Calls a function of the library with the loop and the handle.
    pub(crate) fn call(
        &self,
        function: impl FnOnce(*mut sys::plx_loop, sys::plx_handle) -> c_int,
    ) -> io::Result<()> {
        let handle = self.handle.get();
        if handle == 0 {
            return Err(closed());
        }
        // Held during the call, so that nothing that it runs can destroy the loop.
        let inner = self.inner.upgrade().ok_or_else(closed)?;
        check(function(inner.enter()?, handle))?;
        Ok(())
    }

    pub(crate) fn is_open(&self) -> bool {
        self.handle.get() != 0
    }

    pub(crate) fn mark_closed(&self) {
        self.handle.set(0);
    }
}

pub(crate) trait Slot {
    fn link(&self) -> &Link;

    /// Drops the closures, now or when they have returned.
    fn drop_closures(&self);

    /// Children and work are the parent's.
    fn survives_fork(&self) -> bool {
        true
    }
}

/// Starts something: `start` calls the library, which is to give `user` back to its callbacks.
pub(crate) fn start<S: Slot + 'static>(
    inner: &Inner,
    slot: Rc<S>,
    start: impl FnOnce(*mut sys::plx_loop, *mut sys::plx_handle, *mut c_void) -> c_int,
) -> io::Result<Rc<S>> {
    let raw = inner.enter()?;
    let user = Rc::as_ptr(&slot) as *mut c_void;
    let key = inner.slots.insert(Rc::clone(&slot) as Rc<dyn Slot>);
    slot.link().key.set(key);
    let mut handle = 0;
    let rc = start(raw, &mut handle, user);
    if rc < 0 {
        drop(inner.slots.remove(key));
    }
    check(rc)?;
    slot.link().handle.set(handle);
    Ok(slot)
}

/// The loop lets go of a slot, which it still owns.
pub(crate) fn release<S: Slot + ?Sized>(inner: &Inner, slot: &S) {
    slot.link().mark_closed();
    drop(inner.slots.remove(slot.link().key.get()));
}

pub(crate) fn close<S: Slot + ?Sized>(slot: &S) -> io::Result<()> {
    let link = slot.link();
    // SAFETY: the loop and the handle are the library's own.
    link.call(|raw, handle| unsafe { sys::plx_close(raw, handle) })?;
    // Work that was cancelled has run its callback by now, which has let go of the slot.
    if link.is_open() {
        if let Some(inner) = link.inner.upgrade() {
            release(&inner, slot);
        }
        slot.drop_closures();
    }
    Ok(())
}

/// Runs a callback of the library: what `call` does may not unwind into C.
///
/// # Safety
///
/// `user` must come from [`start`] with an `S`, and the loop must not have let go of it.
pub(crate) unsafe fn dispatch<S: Slot>(user: *mut c_void, call: impl FnOnce(&Loop, &Rc<S>)) {
    let pointer = user as *const S;
    // SAFETY: the loop owns it still, by the caller's word. The count is for the Rc below, which
    // keeps the slot during the call, whatever the callback closes.
    let slot = unsafe {
        Rc::increment_strong_count(pointer);
        Rc::from_raw(pointer)
    };
    let inner = match slot.link().inner.upgrade() {
        Some(inner) => inner,
        None => return,
    };
    let event_loop = Loop { inner };
    event_loop.inner.guard(|| {
        call(&event_loop, &slot);
        // Here, as what the slot owns may panic when it is dropped.
        drop(slot);
    });
}

/// What the program holds. A callback is lent one that does not close.
pub(crate) struct Handle<S: Slot + ?Sized> {
    pub(crate) slot: Rc<S>,
    closes: bool,
}

impl<S: Slot + ?Sized> Handle<S> {
    pub(crate) fn owning(slot: Rc<S>) -> Handle<S> {
        Handle { slot, closes: true }
    }

    pub(crate) fn lent(slot: &Rc<S>) -> Handle<S> {
        Handle {
            slot: Rc::clone(slot),
            closes: false,
        }
    }

    pub(crate) fn detach(mut self) {
        self.closes = false;
        self.slot.link().is_detached.set(true);
    }

    pub(crate) fn keep_alive(&self, keeps: bool) -> io::Result<()> {
        // SAFETY: the loop and the handle are the library's own.
        self.slot.link().call(|raw, handle| unsafe {
            if keeps {
                sys::plx_ref(raw, handle)
            } else {
                sys::plx_unref(raw, handle)
            }
        })
    }
}

impl<S: Slot + ?Sized> Drop for Handle<S> {
    fn drop(&mut self) {
        if self.closes {
            // It may be closed already, and work that is running goes on.
            let _ = close(&*self.slot);
        }
    }
}

/// The methods that all handles have. `$close` says what closing means for the kind.
macro_rules! handle_methods {
    ([$($generics:tt)*] $type:ty, $name:literal, $close:literal) => {
        impl $($generics)* $type {
            #[doc = $close]
            ///
            /// An error is of the kind `NotFound` if it is closed already, or the loop is gone.
            pub fn close(&self) -> std::io::Result<()> {
                crate::event_loop::slot::close(&*self.0.slot)
            }

            /// Is it neither closed nor ended?
            pub fn is_open(&self) -> bool {
                crate::event_loop::slot::Slot::link(&*self.0.slot).is_open()
            }

            /// Whether it keeps [`Loop::run`](crate::Loop::run) going; it does unless told
            /// otherwise.
            pub fn keep_alive(&self, keeps: bool) -> std::io::Result<()> {
                self.0.keep_alive(keeps)
            }

            /// Another handle to the same, which does not close it when it is dropped: so a
            /// callback can keep the handle that it is lent.
            pub fn alias(&self) -> Self {
                Self(crate::event_loop::slot::Handle::lent(&self.0.slot))
            }

            /// Leaves it to the loop, instead of closing it when this value is dropped.
            pub fn detach(self) {
                self.0.detach()
            }
        }

        impl $($generics)* std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let state = if self.is_open() { "open" } else { "closed" };
                write!(formatter, concat!($name, "({})"), state)
            }
        }
    };
}
pub(crate) use handle_methods;
