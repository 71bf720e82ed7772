// SPDX-License-Identifier: MIT
//! The C loop and what is owned for it.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::process;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use pollux_sys as sys;

use super::remote::Shared;
use super::slot::Slot;
use super::trace::TraceFn;
use crate::error::busy;
use crate::ownership::Registry;

pub(crate) struct Inner {
    raw: NonNull<sys::plx_loop>,
    pub(crate) slots: Registry<Rc<dyn Slot>>,
    pub(crate) remote: Arc<Shared>,
    pub(crate) trace: Cell<Option<Box<TraceFn>>>,
    pub(crate) is_in_trace: Cell<bool>,
    pub(crate) is_running: Cell<bool>,
    /// The process that the C loop is of.
    pub(crate) process: Cell<u32>,
    panic: Cell<Option<Box<dyn Any + Send>>>,
}

impl Inner {
    /// Takes over the C loop.
    pub(crate) fn new(raw: NonNull<sys::plx_loop>) -> Rc<Inner> {
        let inner = Rc::new(Inner {
            raw,
            slots: Registry::new(),
            remote: Arc::new(Shared::new()),
            trace: Cell::new(None),
            is_in_trace: Cell::new(false),
            is_running: Cell::new(false),
            process: Cell::new(process::id()),
            panic: Cell::new(None),
        });
        inner.remote.open(raw.as_ptr(), Rc::as_ptr(&inner));
        inner
    }

    /// For questions that a trace may ask, too.
    pub(crate) fn raw(&self) -> *mut sys::plx_loop {
        self.raw.as_ptr()
    }

    /// For everything else: a trace must not call the loop.
    pub(crate) fn enter(&self) -> io::Result<*mut sys::plx_loop> {
        if self.is_in_trace.get() {
            Err(busy())
        } else {
            Ok(self.raw())
        }
    }

    /// Calls the program's code. A panic is kept for who runs the loop, which stops.
    pub(crate) fn guard(&self, call: impl FnOnce()) {
        if self.keep_panic(call) && self.is_running.get() {
            // SAFETY: the loop lives as long as `self`.
            unsafe { sys::plx_loop_stop(self.raw()) };
        }
    }

    /// True if there was a panic; the first is kept.
    fn keep_panic(&self, call: impl FnOnce()) -> bool {
        let payload = match catch_unwind(AssertUnwindSafe(call)) {
            Ok(()) => return false,
            Err(payload) => payload,
        };
        match self.panic.take() {
            None => self.panic.set(Some(payload)),
            Some(first) => {
                self.panic.set(Some(first));
                // Only one can go on.
                drop_quietly(payload);
            }
        }
        true
    }

    pub(crate) fn resume_panic(&self) {
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
    }
}

/// What a panic carries may panic when it is dropped, and so may what that carries; but not for
/// ever.
fn drop_quietly(mut payload: Box<dyn Any + Send>) {
    for _ in 0..8 {
        match catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(another) => payload = another,
        }
    }
    std::mem::forget(payload);
}

impl Drop for Inner {
    fn drop(&mut self) {
        let messages = self.remote.close();
        // SAFETY: whoever calls the library holds an Rc of this, so nobody is inside; and no thread
        // has the loop, now that the mailbox is closed.
        unsafe { sys::plx_loop_destroy(self.raw()) };
        // From here on C calls nothing, and what the closures' own drops do finds the loop gone.
        let slots = self.slots.take_all();
        for slot in &slots {
            slot.link().mark_closed();
        }
        // One by one, so that a panic in the drop of one neither ends the process at the next, nor
        // keeps the others from being dropped.
        for slot in slots {
            self.keep_panic(|| {
                slot.drop_closures();
                drop(slot);
            });
        }
        for message in messages {
            self.keep_panic(|| drop(message));
        }
        let trace = self.trace.take();
        self.keep_panic(|| drop(trace));
        if let Some(payload) = self.panic.take() {
            if thread::panicking() {
                drop_quietly(payload);
            } else {
                resume_unwind(payload);
            }
        }
    }
}
