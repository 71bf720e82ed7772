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

/// What is served, until there were enough events.
pub trait Handler {
    /// Answers as Peer::wait wants.
    fn ready(&mut self, token: usize) -> RawFd;
    fn events(&self) -> u64;
}

/// callgrind counts from where this is called until it returns, by its name.
#[inline(never)]
fn measured_run<P: Peer>(peer: &mut P, handler: &mut impl Handler, events: u64) {
    while handler.events() < events {
        must(peer.wait(|token| handler.ready(token)), "wait");
    }
}

/// Until there are so many events in all; those of the last wait are finished.
pub fn measure<P: Peer>(peer: &mut P, handler: &mut impl Handler, events: u64) -> Sample {
    let before = handler.events();
    let wall = wall_clock();
    let processor = thread_processor_clock();
    measured_run(peer, handler, before + events);
    Sample {
        events: handler.events() - before,
        wall_ns: wall_clock() - wall,
        processor_ns: thread_processor_clock() - processor,
    }
}
