// SPDX-License-Identifier: MIT
//! Statistics.

use std::io;
use std::time::Duration;

use pollux_sys as sys;

use super::Loop;
use crate::error::{check, duration_of};

/// What a callback was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// [`Loop::io`]
    Io,
    /// [`Loop::timer`]
    Timer,
    /// [`Loop::signal`]
    Signal,
    /// [`Loop::child`]
    Child,
    /// [`Loop::work`], [`Loop::resolve`], [`Loop::read_file`], [`Loop::write_file`]
    Work,
    /// [`Loop::post`], [`Remote::post`](crate::Remote::post)
    Post,
}

impl Kind {
    pub(crate) fn from_number(number: u32) -> Option<Kind> {
        match number {
            sys::PLX_KIND_IO => Some(Kind::Io),
            sys::PLX_KIND_TIMER => Some(Kind::Timer),
            sys::PLX_KIND_SIGNAL => Some(Kind::Signal),
            sys::PLX_KIND_CHILD => Some(Kind::Child),
            sys::PLX_KIND_WORK => Some(Kind::Work),
            sys::PLX_KIND_POST => Some(Kind::Post),
            _ => None,
        }
    }
}

/// What a loop has done and has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoopStats {
    /// Waits that have ended.
    pub iterations: u64,
    /// I/O callbacks run.
    pub io_events: u64,
    /// Waits ended by a post, a stop, a signal or work.
    pub wakes: u64,
    /// Timer callbacks run.
    pub timers_fired: u64,
    /// Posts run.
    pub posts: u64,
    /// Signal callbacks run.
    pub signals: u64,
    /// Changes of interest that reached the kernel.
    pub interest_changes: u64,
    /// Work that has not begun.
    pub work_queued: u64,
    /// Work in a thread now.
    pub work_running: u64,
    /// Work whose callback has run, cancelled work included.
    pub work_done: u64,
    /// Threads of the pool now.
    pub work_threads: u64,
    /// Open handles.
    pub io_handles: u64,
    /// Open handles.
    pub timer_handles: u64,
    /// Timers that are set.
    pub active_timers: u64,
    /// Open handles.
    pub signal_handles: u64,
    /// Open handles.
    pub child_handles: u64,
    /// Open handles.
    pub work_handles: u64,
    /// Time in [`Loop::run`] outside of waits, by the ticks of the kernel; exact with
    /// [`LoopBuilder::time_callbacks`](crate::LoopBuilder::time_callbacks).
    pub busy: Duration,
    /// Time in waits.
    pub idle: Duration,
    /// With [`LoopBuilder::time_callbacks`](crate::LoopBuilder::time_callbacks) or a trace.
    pub slowest_callback: Option<(Kind, Duration)>,
}

impl Loop {
    /// Takes the statistics.
    pub fn stats(&self) -> io::Result<LoopStats> {
        let mut raw = sys::PLX_LOOP_STATS_INIT;
        // SAFETY: the loop lives as long as `self`, and the struct tells its size.
        check(unsafe { sys::plx_loop_stats_get(self.inner.enter()?, &mut raw) })?;
        let slowest = Kind::from_number(raw.slowest_callback_kind as u32);
        Ok(LoopStats {
            iterations: raw.iterations,
            io_events: raw.io_events,
            wakes: raw.wakes,
            timers_fired: raw.timers_fired,
            posts: raw.posts,
            signals: raw.signals,
            interest_changes: raw.interest_changes,
            work_queued: raw.work_queued,
            work_running: raw.work_running,
            work_done: raw.work_done,
            work_threads: raw.work_threads,
            io_handles: raw.io_handles,
            timer_handles: raw.timer_handles,
            active_timers: raw.active_timers,
            signal_handles: raw.signal_handles,
            child_handles: raw.child_handles,
            work_handles: raw.work_handles,
            busy: duration_of(raw.busy_ns),
            idle: duration_of(raw.idle_ns),
            slowest_callback: slowest.map(|kind| (kind, duration_of(raw.slowest_callback_ns))),
        })
    }
}
