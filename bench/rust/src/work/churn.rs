// SPDX-License-Identifier: MIT
//! What is registered changes all the time, and nothing is ever ready. There is an iteration after
//! each so many changes, and it counts.

use std::os::unix::io::RawFd;
use std::time::Duration;

use crate::peer::Peer;
use crate::system::{fail, must, thread_processor_clock};

/// As many changes as a busy server makes in an iteration.
const BATCH: usize = 64;

/// Nanoseconds of processor time for each change.
#[repr(C)]
#[derive(Debug)]
pub struct ChurnTimes {
    /// One that comes and goes within an iteration.
    pub add_remove: f64,
    /// One that stays for an iteration.
    pub add_then_remove: f64,
    /// Watched for writing as well, or no more.
    pub toggle: f64,
    /// On and off again within an iteration; each of the two.
    pub toggle_back: f64,
    /// With an iteration after each.
    pub toggle_alone: f64,
}

struct Quiet<'a, P> {
    fds: &'a [RawFd],
    peer: P,
}

impl<P: Peer> Quiet<'_, P> {
    fn add(&mut self, i: usize) {
        must(self.peer.watch(self.fds[i], i), "watch");
    }

    fn remove(&mut self, i: usize) {
        must(self.peer.forget(self.fds[i]), "forget");
    }

    fn set_writable(&mut self, i: usize, on: bool) {
        must(self.peer.set_writable(self.fds[i], i, on), "set_writable");
    }

    fn turn(&mut self) {
        let never = |_| fail("churn", "an event where nothing happened");
        must(self.peer.wait(Some(Duration::ZERO), never), "wait");
    }

    /// Passes over the descriptors from `begin` on, in batches of `size`, until so many were
    /// changed; an even number of passes. `change` gets the first and the last of the batch, and
    /// whether the pass is an even one.
    fn per_change(
        &mut self,
        begin: usize,
        size: usize,
        changes: u64,
        change: impl Fn(&mut Self, usize, usize, bool),
    ) -> f64 {
        let count = (self.fds.len() - begin) as u64;
        let passes = changes / count / 2 * 2 + 2;
        self.turn();
        let before = thread_processor_clock();
        for pass in 0..passes {
            for first in (begin..self.fds.len()).step_by(size) {
                let end = self.fds.len().min(first + size);
                change(self, first, end, pass % 2 == 0);
            }
        }
        let taken = thread_processor_clock() - before;
        taken as f64 / (passes * count) as f64
    }

    fn toggle(&mut self, size: usize, changes: u64) -> f64 {
        self.per_change(0, size, changes, |quiet, first, end, on| {
            for i in first..end {
                quiet.set_writable(i, on);
            }
            quiet.turn();
        })
    }

    fn toggle_back(&mut self, changes: u64) -> f64 {
        let both = self.per_change(0, BATCH, changes / 2, |quiet, first, end, _| {
            for i in first..end {
                quiet.set_writable(i, true);
                quiet.set_writable(i, false);
            }
            quiet.turn();
        });
        both / 2.
    }

    fn add_remove(&mut self, begin: usize, changes: u64) -> f64 {
        self.per_change(begin, BATCH, changes, |quiet, first, end, _| {
            for i in first..end {
                quiet.add(i);
                quiet.remove(i);
            }
            quiet.turn();
        })
    }

    fn add_then_remove(&mut self, begin: usize, changes: u64) -> f64 {
        self.per_change(begin, BATCH, changes, |quiet, first, end, _| {
            for i in first..end {
                quiet.add(i);
            }
            quiet.turn();
            for i in first..end {
                quiet.remove(i);
            }
            quiet.turn();
        })
    }
}

/// Half of the descriptors come and go, there have to be two at least. None of them is readable, or
/// writable.
pub fn churn<P: Peer>(fds: &[RawFd], changes: u64) -> ChurnTimes {
    let peer: P = must(P::open(), "open");
    let mut quiet = Quiet { fds, peer };
    let half = fds.len() / 2;
    (0..fds.len()).for_each(|i| quiet.add(i));
    let toggle = quiet.toggle(BATCH, changes);
    let toggle_back = quiet.toggle_back(changes);
    let toggle_alone = quiet.toggle(1, changes / 16);
    (half..fds.len()).for_each(|i| quiet.remove(i));
    let times = ChurnTimes {
        add_remove: quiet.add_remove(half, changes),
        add_then_remove: quiet.add_then_remove(half, changes),
        toggle,
        toggle_back,
        toggle_alone,
    };
    (0..half).for_each(|i| quiet.remove(i));
    times
}
