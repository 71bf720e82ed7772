// SPDX-License-Identifier: MIT
//! From one thread into the wait of another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::peer::Peer;
use crate::system::{must, thread_processor_clock, wall_clock};

struct Sleeper<P: Peer> {
    peer: P,
    waker: P::Waker,
}

impl<P: Peer> Sleeper<P> {
    fn new() -> Sleeper<P> {
        let mut peer: P = must(P::open(), "open");
        let waker = must(peer.waker(), "waker");
        Sleeper { peer, waker }
    }
}

fn wake<P: Peer>(waker: &P::Waker) {
    must(P::wake(waker), "wake");
}

fn wait<P: Peer>(peer: &mut P) {
    must(peer.wait_for_wake(), "wait");
}

/// To another thread and back, again and again; how long each trip took, in nanoseconds.
pub fn ping<P: Peer + Send>(trips: &mut [f64]) {
    let mut here: Sleeper<P> = Sleeper::new();
    let mut there: Sleeper<P> = Sleeper::new();
    let count = trips.len();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..count {
                wait(&mut there.peer);
                wake::<P>(&here.waker);
            }
        });
        let mut served = wall_clock();
        for trip in trips {
            wake::<P>(&there.waker);
            wait(&mut here.peer);
            let now = wall_clock();
            *trip = (now - served) as f64;
            served = now;
        }
    });
}

/// Nanoseconds of processor time a wake while the one to be woken does not wait: all but the first
/// change nothing.
pub fn busy<P: Peer>(count: u64) -> f64 {
    let mut sleeper: Sleeper<P> = Sleeper::new();
    wake::<P>(&sleeper.waker);
    let before = thread_processor_clock();
    for _ in 0..count {
        wake::<P>(&sleeper.waker);
    }
    let taken = thread_processor_clock() - before;
    wait(&mut sleeper.peer);
    taken as f64 / count as f64
}

#[repr(C)]
#[derive(Debug)]
pub struct Storm {
    /// Nanoseconds of wall time a wake.
    pub ns: f64,
    /// And a wait.
    pub wait_ns: f64,
}

/// One thread wakes without a pause for so many nanoseconds, the other waits again and again.
pub fn storm<P: Peer + Send>(time: i64) -> Storm {
    let mut sleeper: Sleeper<P> = Sleeper::new();
    let is_over = AtomicBool::new(false);
    let mut waits = 0;
    let (taken, wakes) = thread::scope(|scope| {
        let storm = scope.spawn(|| {
            let begin = wall_clock();
            let mut taken = 0;
            let mut wakes = 0;
            while taken < time {
                for _ in 0..256 {
                    wake::<P>(&sleeper.waker);
                }
                wakes += 256;
                taken = wall_clock() - begin;
            }
            is_over.store(true, Ordering::SeqCst);
            wake::<P>(&sleeper.waker);
            (taken, wakes)
        });
        while !is_over.load(Ordering::SeqCst) {
            wait(&mut sleeper.peer);
            waits += 1;
        }
        storm.join().expect("a panic ends the program")
    });
    Storm {
        ns: taken as f64 / f64::from(wakes),
        wait_ns: taken as f64 / f64::from(waits),
    }
}
