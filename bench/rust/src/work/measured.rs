// SPDX-License-Identifier: MIT
//! The part of a piece of work that counts: ../../../work/measured.hpp.

use std::os::unix::io::RawFd;

use crate::peer::Peer;
use crate::system::{must, thread_processor_clock, wall_clock};

/// bench::Sample.
#[repr(C)]
#[derive(Debug)]
pub struct Sample {
    pub events: u64,
    pub wall_ns: i64,
    pub processor_ns: i64,
}

/// What serves those that are ready.
pub trait Handler {
    /// Answers as Peer::wait wants.
    fn ready(&mut self, token: usize) -> RawFd;
    /// After each wait.
    fn served(&mut self) {}
    fn is_over(&self) -> bool;
}

/// callgrind counts from where this is called until it returns, by its name.
#[inline(never)]
fn measured_run<P: Peer>(peer: &mut P, handler: &mut impl Handler) {
    while !handler.is_over() {
        must(peer.wait(None, |token| handler.ready(token)), "wait");
        handler.served();
    }
}

/// Until it is over; the caller adds how many events that were.
pub fn measure<P: Peer>(peer: &mut P, handler: &mut impl Handler) -> Sample {
    let wall = wall_clock();
    let processor = thread_processor_clock();
    measured_run(peer, handler);
    Sample {
        events: 0,
        wall_ns: wall_clock() - wall,
        processor_ns: thread_processor_clock() - processor,
    }
}
