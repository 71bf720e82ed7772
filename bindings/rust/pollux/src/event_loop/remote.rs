// SPDX-License-Identifier: MIT
//! The loop from other threads.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::os::raw::c_void;
use std::rc::Rc;
use std::sync::Arc;

use pollux_sys as sys;

use super::inner::Inner;
use super::Loop;
use crate::error::check;
use crate::ownership::Mailbox;

type Message = Box<dyn FnOnce(&Loop) + Send>;

/// What other threads may know of a loop: for plx_post() and plx_loop_stop() only.
struct Target {
    raw: *mut sys::plx_loop,
    inner: *const Inner,
}

// SAFETY: both functions may be called from any thread while the loop lives, which the mailbox sees
// to; `inner` is only handed through to the loop's own thread.
unsafe impl Send for Target {}

pub(crate) struct Shared {
    mailbox: Mailbox<Target, Message>,
}

impl Shared {
    pub(crate) fn new() -> Shared {
        Shared {
            mailbox: Mailbox::new(),
        }
    }

    pub(crate) fn open(&self, raw: *mut sys::plx_loop, inner: *const Inner) {
        self.mailbox.open(Target { raw, inner });
    }

    /// What is dropped with the answer was never run.
    pub(crate) fn close(&self) -> VecDeque<impl Sized> {
        self.mailbox.close()
    }

    pub(crate) fn drop_messages(&self) {
        drop(self.mailbox.take_all());
    }
}

/// A [`Loop`] for other threads: posts closures to it, and stops it.
///
/// It may outlive the loop; then each call is an error of the kind `NotFound`.
#[derive(Clone)]
pub struct Remote {
    shared: Arc<Shared>,
}

impl Remote {
    pub(crate) fn new(shared: Arc<Shared>) -> Remote {
        Remote { shared }
    }

    /// Has `call` run in the loop's thread. What one thread posts runs in its order. A pending post
    /// keeps [`Loop::run`] going.
    ///
    /// If the loop ends first, `call` is dropped in the loop's thread.
    pub fn post<F>(&self, call: F) -> io::Result<()>
    where
        F: FnOnce(&Loop) + Send + 'static,
    {
        self.shared.mailbox.send(Box::new(call), |target| {
            let user = target.inner as *mut c_void;
            // SAFETY: the loop is there as long as the mailbox is open, which it is meanwhile. One
            // post of the library goes with each message, so that on_post() finds one.
            check(unsafe { sys::plx_post(target.raw, Some(on_post), user) })?;
            Ok(())
        })
    }

    /// Makes [`Loop::run`] return after the iteration that it is in, or the next one if none is
    /// running.
    pub fn stop(&self) -> io::Result<()> {
        self.shared.mailbox.with_target(|target| {
            // SAFETY: the loop is there as long as the mailbox is open.
            check(unsafe { sys::plx_loop_stop(target.raw) })?;
            Ok(())
        })
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Remote")
    }
}

unsafe extern "C" fn on_post(_: *mut sys::plx_loop, user: *mut c_void) {
    let pointer = user as *const Inner;
    // SAFETY: posts run within Loop::run(), which borrows a Loop, and so an Rc of this.
    let inner = unsafe {
        Rc::increment_strong_count(pointer);
        Rc::from_raw(pointer)
    };
    let event_loop = Loop { inner };
    let inner = &event_loop.inner;
    inner.guard(|| {
        if let Some(call) = inner.remote.mailbox.take() {
            call(&event_loop);
        }
    });
}
