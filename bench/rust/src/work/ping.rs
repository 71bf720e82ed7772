// SPDX-License-Identifier: MIT
//! Two threads that wake each other: ../../../work/posts.hpp.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::peer::Peer;
use crate::system::{must, wall_clock};

struct Player<P: Peer> {
    peer: P,
    waker: P::Waker,
}

impl<P: Peer> Player<P> {
    fn new() -> Player<P> {
        let mut peer: P = must(P::open(), "open");
        let waker = must(peer.waker(), "waker");
        Player { peer, waker }
    }
}

/// How long each trip took, in nanoseconds.
pub fn ping<P: Peer + Send>(trips: &mut [f64]) {
    let mut here: Player<P> = Player::new();
    let mut there: Player<P> = Player::new();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| loop {
            must(there.peer.wait_for_wake(), "wait");
            if is_over.load(Ordering::Acquire) {
                break;
            }
            must(P::wake(&here.waker), "wake");
        });
        let serve = || must(P::wake(&there.waker), "wake");
        let mut served = wall_clock();
        serve();
        for trip in trips {
            must(here.peer.wait_for_wake(), "wait");
            let now = wall_clock();
            *trip = (now - served) as f64;
            served = now;
            serve();
        }
        must(here.peer.wait_for_wake(), "wait");
        is_over.store(true, Ordering::Release);
        serve();
    });
}
