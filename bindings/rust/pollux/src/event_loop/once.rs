// SPDX-License-Identifier: MIT
//! What calls back once and has ended then: children and local posts; work builds on it.

use std::io;
use std::os::raw::{c_int, c_void};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::rc::Rc;
use std::sync::Mutex;

use pollux_sys as sys;

use super::inner::Inner;
use super::slot::{dispatch, handle_methods, release, start, Handle, Link, Slot};
use super::Loop;
use crate::ownership::{lock, Callback};

pub(crate) type Job = Box<dyn FnOnce() + Send>;
type DoneFn<A> = dyn FnOnce(&Loop, A);

/// `A` is what the callback is told.
pub(crate) struct OnceSlot<A> {
    link: Link,
    done: Callback<Box<DoneFn<A>>>,
    /// The only part that a thread of the pool touches.
    pub(crate) job: Mutex<Option<Job>>,
}

impl<A> OnceSlot<A> {
    pub(crate) fn new<F>(inner: &Rc<Inner>, job: Option<Job>, done: F) -> Rc<OnceSlot<A>>
    where
        F: FnOnce(&Loop, A) + 'static,
    {
        Rc::new(OnceSlot {
            link: Link::new(inner),
            done: Callback::new(Box::new(done)),
            job: Mutex::new(job),
        })
    }
}

impl<A> Slot for OnceSlot<A> {
    fn link(&self) -> &Link {
        &self.link
    }

    fn drop_closures(&self) {
        self.done.close();
        // In a child process a thread of the parent's pool may hold the lock for ever.
        let job = self.job.try_lock().map(|mut job| job.take());
        drop(job);
    }

    fn survives_fork(&self) -> bool {
        false
    }
}

/// The end: lets go of the slot and calls back.
///
/// # Safety
///
/// `user` must come from [`start`] with an `OnceSlot<A>` that has not ended.
pub(crate) unsafe fn finish<A>(user: *mut c_void, argument: impl FnOnce() -> A) {
    let call = |event_loop: &Loop, slot: &Rc<OnceSlot<A>>| {
        release(&event_loop.inner, &**slot);
        if let Some(done) = slot.done.take() {
            // Of work that was cancelled, for which its handle has no use any more.
            let job = lock(&slot.job).take();
            done(event_loop, argument());
            drop(job);
        }
    };
    // SAFETY: by the caller's word.
    unsafe { dispatch(user, call) }
}

/// A child process that a [`Loop`] waits for, made by [`Loop::child`]. The wait is given up when
/// this is dropped.
#[must_use = "dropping it gives up the wait; detach() leaves it to the loop"]
pub struct Child(Handle<OnceSlot<c_int>>);

handle_methods!([] Child, "Child",
    "Gives up the wait. The child lives on and is not reaped.");

impl Loop {
    /// Waits for a child process by its number, such as [`std::process::Child::id`], and calls
    /// `ended` with its exit status.
    ///
    /// This reaps the child, so do not wait for it by other means. Errors: `ECHILD` (no child of
    /// this process), `EEXIST` (this loop waits for it already), `EINVAL`.
    pub fn child<F>(&self, pid: u32, ended: F) -> io::Result<Child>
    where
        F: FnOnce(&Loop, ExitStatus) + 'static,
    {
        let done = |event_loop: &Loop, status| ended(event_loop, ExitStatus::from_raw(status));
        let slot = OnceSlot::new(&self.inner, None, done);
        let slot = start(&self.inner, slot, |raw, out, user| {
            // SAFETY: `user` is the slot, which the loop owns until the handle is closed.
            unsafe { sys::plx_child_start(raw, out, i64::from(pid), Some(on_child), user) }
        })?;
        Ok(Child(Handle::owning(slot)))
    }

    /// Has `call` run in the next iteration. As [`Remote::post`](crate::Remote::post), but from the
    /// loop's own thread, and so for closures that cannot be sent to another.
    pub fn post<F>(&self, call: F) -> io::Result<()>
    where
        F: FnOnce(&Loop) + 'static,
    {
        let slot = OnceSlot::new(&self.inner, None, |event_loop: &Loop, ()| call(event_loop));
        start(&self.inner, slot, |raw, _, user| {
            // SAFETY: `user` is the slot, which the loop owns until the post has run.
            unsafe { sys::plx_post(raw, Some(on_post), user) }
        })?;
        Ok(())
    }
}

unsafe extern "C" fn on_child(
    _: *mut sys::plx_loop,
    _: sys::plx_handle,
    status: c_int,
    user: *mut c_void,
) {
    // SAFETY: the library gives back what Loop::child() gave it, once.
    unsafe { finish::<c_int>(user, || status) }
}

unsafe extern "C" fn on_post(_: *mut sys::plx_loop, user: *mut c_void) {
    // SAFETY: the library gives back what Loop::post() gave it, once.
    unsafe { finish::<()>(user, || ()) }
}
