// SPDX-License-Identifier: MIT
//! Tracing.

use std::io;
use std::os::raw::c_void;
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use pollux_sys as sys;

use super::inner::Inner;
use super::{Kind, Loop};
use crate::error::{check, duration_of, text};
use crate::interest::Readiness;

pub(crate) type TraceFn = dyn FnMut(&TraceEvent);

/// One callback, as a trace shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceEvent {
    /// A number that tells handles apart; 0 for a post.
    pub handle: u64,
    /// When the callback began, on the monotonic clock, as [`Loop::now`].
    pub start: Duration,
    /// How long it took.
    pub duration: Duration,
    /// What it was for; nothing if it is of a kind that this version does not know.
    pub kind: Option<Kind>,
    /// The name of the kind, such as `"timer"`.
    pub name: &'static str,
    /// Of I/O: what was reported.
    pub readiness: Readiness,
    /// Of a signal: its number; else 0.
    pub signal: u32,
}

impl TraceEvent {
    fn new(raw: &sys::plx_trace_event) -> TraceEvent {
        let of = |kind| if raw.kind == kind { raw.events } else { 0 };
        TraceEvent {
            handle: raw.handle,
            start: duration_of(raw.start_ns),
            duration: duration_of(raw.duration_ns),
            kind: Kind::from_number(raw.kind),
            name: text(raw.name),
            readiness: Readiness::from_bits(of(sys::PLX_KIND_IO)),
            signal: of(sys::PLX_KIND_SIGNAL),
        }
    }
}

impl Loop {
    /// Has `trace` called after each callback, instead of the one before.
    ///
    /// It must not use the loop: what it starts, sets or closes answers `EBUSY`. A handle that is
    /// dropped within it goes on as if it was detached.
    pub fn set_trace<F>(&self, trace: F) -> io::Result<()>
    where
        F: FnMut(&TraceEvent) + 'static,
    {
        let raw = self.inner.enter()?;
        let user = Rc::as_ptr(&self.inner) as *mut c_void;
        // SAFETY: the loop lives as long as the Inner, which owns the closure.
        check(unsafe { sys::plx_loop_trace(raw, Some(on_trace), user) })?;
        drop(self.inner.trace.replace(Some(Box::new(trace))));
        Ok(())
    }

    /// Ends the trace. It costs nothing when off.
    pub fn clear_trace(&self) -> io::Result<()> {
        let raw = self.inner.enter()?;
        // SAFETY: no function and no data are given.
        check(unsafe { sys::plx_loop_trace(raw, None, ptr::null_mut()) })?;
        drop(self.inner.trace.take());
        Ok(())
    }
}

unsafe extern "C" fn on_trace(
    _: *mut sys::plx_loop,
    event: *const sys::plx_trace_event,
    user: *mut c_void,
) {
    // SAFETY: the library calls back only within calls that hold an Rc of it, and the event is
    // valid during the call.
    let (inner, raw) = unsafe { (&*(user as *const Inner), &*event) };
    let mut trace = inner.trace.take();
    inner.is_in_trace.set(true);
    inner.guard(|| {
        if let Some(trace) = &mut trace {
            trace(&TraceEvent::new(raw));
        }
    });
    inner.is_in_trace.set(false);
    inner.trace.set(trace);
}
