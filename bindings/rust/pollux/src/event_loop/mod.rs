// SPDX-License-Identifier: MIT
//! The event loop.

mod inner;
mod io;
mod once;
mod remote;
mod signal;
mod slot;
mod stats;
mod timer;
mod trace;
mod work;

use std::fmt;
use std::io::Result;
use std::os::unix::io::BorrowedFd;
use std::process;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use pollux_sys as sys;

use crate::backend::{Backend, Capabilities};
use crate::error::{check, duration_of};
use inner::Inner;

pub use io::Io;
pub use once::Child;
pub use remote::Remote;
pub use signal::Signal;
pub use stats::{Kind, LoopStats};
pub use timer::Timer;
pub use trace::TraceEvent;
pub use work::{AddressFamily, Work};

/// How a [`Loop`] is made.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct LoopBuilder {
    backend: Option<Backend>,
    required: Capabilities,
    work_threads: u32,
    events_per_wait: u32,
    flags: u32,
}

impl LoopBuilder {
    /// This backend and no other, or an error: `ENOTSUP` if it is not here.
    pub fn backend(mut self, backend: Backend) -> LoopBuilder {
        self.backend = Some(backend);
        self
    }

    /// A backend that has all of these, or `ENOTSUP`.
    pub fn require(mut self, capabilities: Capabilities) -> LoopBuilder {
        self.required = capabilities;
        self
    }

    /// The most threads of the pool, up to 1024; 4 unless set.
    pub fn work_threads(mut self, most: u32) -> LoopBuilder {
        self.work_threads = most;
        self
    }

    /// The most I/O events of an iteration, up to 65536; 1024 unless set.
    pub fn events_per_wait(mut self, most: u32) -> LoopBuilder {
        self.events_per_wait = most;
        self
    }

    /// Measures each callback, for [`LoopStats::slowest_callback`].
    pub fn time_callbacks(mut self) -> LoopBuilder {
        self.flags |= sys::PLX_LOOP_TIME_CALLBACKS;
        self
    }

    /// Makes the loop. No thread is started before there is work for it.
    pub fn build(self) -> Result<Loop> {
        let options = sys::plx_loop_options {
            backend: Backend::id_or_auto(self.backend),
            required_capabilities: self.required.0,
            flags: self.flags,
            work_threads: self.work_threads,
            events_per_wait: self.events_per_wait,
            ..sys::PLX_LOOP_OPTIONS_INIT
        };
        let mut raw = ptr::null_mut();
        // SAFETY: both pointers are to local variables.
        check(unsafe { sys::plx_loop_create(&mut raw, &options) })?;
        let raw = NonNull::new(raw).expect("a successful create sets the loop");
        Ok(Loop {
            inner: Inner::new(raw),
        })
    }
}

/// One thread that runs closures: for descriptors, timers, signals, children, work and posts.
///
/// It belongs to the thread that made it; [`Remote`] is for the others:
///
/// ```compile_fail
/// fn send<T: Send>(_: T) {}
/// send(pollux::Loop::new().unwrap());
/// ```
///
/// **Closures** get the loop and their own handle. They may start, set and close anything, their
/// own handle included: a closure that is closed while it runs is dropped when it has returned.
/// What a closure starts is not run in the same iteration; what it closes is not run at all.
///
/// **Handles** ([`Io`], [`Timer`], [`Signal`], [`Child`], [`Work`]) are closed when they are
/// dropped, unless they are detached. They may outlive the loop; one that is closed or whose loop
/// is gone answers with an error of the kind `NotFound`. They do not keep the loop alive, so that a
/// closure may own them.
///
/// **Panics** of a closure, or of what is dropped with it, do not go through C: the loop stops
/// after the iteration, and [`run`](Self::run) resumes the first of them. The loop can be run
/// again. One that was caught outside of a run, in a callback of cancelled work, is resumed by the
/// next run, or else by the drop of the loop, as is the first one of what is dropped there.
///
/// **The end.** Dropping the loop closes everything, waits for work that is running, runs no
/// callback and drops all closures.
pub struct Loop {
    inner: Rc<Inner>,
}

impl Loop {
    /// On the best backend, or the one that the environment variable `POLLUX_BACKEND` names.
    pub fn new() -> Result<Loop> {
        Loop::builder().build()
    }

    /// To choose a backend, limits and measuring.
    pub fn builder() -> LoopBuilder {
        LoopBuilder::default()
    }

    /// Runs until nothing is left that keeps the loop going, or a stop. True if something is left.
    ///
    /// Errors: `EBUSY` within a callback of this loop; those of
    /// [`Poller::wait`](crate::Poller::wait) but `EINTR`, after which the loop may be run again.
    ///
    /// # Panics
    ///
    /// With the panic of a callback.
    pub fn run(&self) -> Result<bool> {
        self.run_mode(sys::PLX_RUN_DEFAULT)
    }

    /// Runs one iteration, which waits until there is something to do; else as [`run`](Self::run).
    pub fn run_once(&self) -> Result<bool> {
        self.run_mode(sys::PLX_RUN_ONCE)
    }

    /// Runs one iteration that does not wait; else as [`run`](Self::run).
    pub fn run_nowait(&self) -> Result<bool> {
        self.run_mode(sys::PLX_RUN_NOWAIT)
    }

    fn run_mode(&self, mode: u32) -> Result<bool> {
        let inner = &self.inner;
        let raw = inner.enter()?;
        let is_outermost = !inner.is_running.get();
        if is_outermost {
            inner.resume_panic();
        }
        inner.is_running.set(true);
        // SAFETY: the loop lives as long as `self`, which is borrowed for the whole run.
        let rc = unsafe { sys::plx_loop_run(raw, mode) };
        if is_outermost {
            inner.is_running.set(false);
            inner.resume_panic();
        }
        Ok(check(rc)? != 0)
    }

    /// Makes [`run`](Self::run) return after the iteration that it is in, or the next one if none
    /// is running.
    pub fn stop(&self) {
        // SAFETY: the loop lives as long as `self`. It fails only for a loop of the parent process,
        // which does not run.
        unsafe { sys::plx_loop_stop(self.inner.raw()) };
    }

    /// The loop for other threads.
    pub fn remote(&self) -> Remote {
        Remote::new(Arc::clone(&self.inner.remote))
    }

    /// The backend in use.
    pub fn backend(&self) -> Backend {
        // SAFETY: the loop lives as long as `self`.
        Backend::in_use(unsafe { sys::plx_loop_backend(self.inner.raw()) })
    }

    /// The loop's time, from which delays count: the monotonic clock, as it was when it was
    /// first needed after the last wait.
    pub fn now(&self) -> Duration {
        // SAFETY: the loop lives as long as `self`.
        duration_of(unsafe { sys::plx_loop_now(self.inner.raw()) })
    }

    /// Sets [`now`](Self::now) to the clock, and returns it: after long computations.
    pub fn update_now(&self) -> Result<Duration> {
        let raw = self.inner.enter()?;
        // SAFETY: the loop lives as long as `self`.
        Ok(duration_of(unsafe { sys::plx_loop_update_now(raw) }))
    }

    /// A descriptor that is readable when [`run_nowait`](Self::run_nowait) has something to do, to
    /// embed the loop in another one; `ENOTSUP` without [`Capabilities::NATIVE_FD`].
    ///
    /// Wait for it or the [`next_deadline`](Self::next_deadline), then run without waiting, which
    /// also brings changes of interest to the kernel. Run it once so before the first wait.
    pub fn native_fd(&self) -> Result<BorrowedFd<'_>> {
        // SAFETY: the loop lives as long as `self`.
        let fd = check(unsafe { sys::plx_loop_fd(self.inner.enter()?) })?;
        // SAFETY: it stays open and the same as long as the loop, but for after_fork(), whose
        // caller takes care of that.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// When the loop has to run for its timers, at the latest, in terms of [`now`](Self::now): zero
    /// if something is to be done already, nothing if nothing has a deadline.
    pub fn next_deadline(&self) -> Result<Option<Duration>> {
        let mut deadline = 0;
        // SAFETY: the loop lives as long as `self`, and the pointer is to a local variable.
        check(unsafe { sys::plx_loop_next_deadline(self.inner.enter()?, &mut deadline) })?;
        Ok((deadline >= 0).then(|| duration_of(deadline)))
    }

    /// Makes a loop of the parent process usable in this child.
    ///
    /// Timers, descriptors and signals go on. Children, work and posts are the parent's: they are
    /// closed here, and their closures dropped.
    ///
    /// # Safety
    ///
    /// At the fork no other thread may have been using the loop, a [`Remote`] of it included, and
    /// no descriptor that [`native_fd`](Self::native_fd) has lent may be in use.
    pub unsafe fn after_fork(&self) -> Result<()> {
        let raw = self.inner.enter()?;
        // SAFETY: the loop lives as long as `self`; the caller sees to the rest.
        check(unsafe { sys::plx_loop_after_fork(raw) })?;
        // In the process that made it the call has done nothing.
        if self.inner.process.replace(process::id()) == process::id() {
            return Ok(());
        }
        let ended = self.inner.slots.take_if(|slot| !slot.survives_fork());
        for slot in ended {
            slot.link().mark_closed();
            slot.drop_closures();
        }
        self.inner.remote.drop_messages();
        Ok(())
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = formatter.debug_struct("Loop");
        text.field("backend", &self.backend()).finish()
    }
}
