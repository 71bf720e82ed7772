// SPDX-License-Identifier: MIT
//! The chain of socket pairs closed to a ring: ../../../work/chain.hpp.

use std::iter::repeat;
use std::marker::PhantomData;
use std::os::unix::io::RawFd;

use crate::peer::{Peer, CAPACITY};
use crate::system::{drain, fail, must, read, write};

use super::measured::{measure, Handler, Sample};

/// bench::Pair.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pair {
    pub first: RawFd,
    pub second: RawFd,
}

struct Link {
    reader: RawFd,
    next_writer: RawFd,
}

struct Chain<P> {
    links: Vec<Link>,
    /// Where a byte is to be written, with edge.
    writers: Vec<RawFd>,
    done: u64,
    wanted: u64,
    peer: PhantomData<P>,
}

/// Whoever is ready reads a byte and writes it to the next: an event.
///
/// With level, one byte is read, and if there are more, the link is reported again. With edge,
/// reading goes on until nothing is left, and a read that could have returned more bytes than it
/// did shows that: with room for two, one call is enough. Writing waits until all have read then,
/// or else the next one in turn would find its own byte and this one, and hand on both: one behind
/// the other the bytes would gather in a few links. Where the active links are apart it makes no
/// difference; where all are active, it costs the kernel a seventh more, which is no peer's fault.
impl<P: Peer> Handler for Chain<P> {
    fn ready(&mut self, token: usize) -> RawFd {
        let link = &self.links[token];
        if P::IS_EDGE {
            let count = read_all(link.reader);
            self.done += count as u64;
            self.writers.extend(repeat(link.next_writer).take(count));
        } else {
            let mut byte = [0];
            if read(link.reader, &mut byte) != Some(1) {
                fail("read", "not what was sent");
            }
            write(link.next_writer, &byte);
            self.done += 1;
        }
        link.reader
    }

    fn served(&mut self) {
        for writer in self.writers.drain(..) {
            write(writer, &[0]);
        }
    }

    fn is_over(&self) -> bool {
        self.done >= self.wanted
    }
}

fn read_all(fd: RawFd) -> usize {
    let mut bytes = [0; 2];
    let mut sum = 0;
    while let Some(count) = read(fd, &mut bytes) {
        sum += count;
        if count < bytes.len() {
            break;
        }
    }
    sum
}

impl<P: Peer> Chain<P> {
    /// At least `events`; those of the last wait are finished.
    fn run(&mut self, peer: &mut P, events: u64) -> Sample {
        self.done = 0;
        self.wanted = events;
        let sample = measure(peer, self);
        Sample {
            events: self.done,
            ..sample
        }
    }
}

pub fn chain<P: Peer>(pairs: &[Pair], active: usize, events: u64) -> Sample {
    let mut peer: P = must(P::open(), "open");
    let next = pairs.iter().cycle().skip(1);
    let links = pairs.iter().zip(next).map(|(pair, next)| Link {
        reader: pair.first,
        next_writer: next.second,
    });
    let mut chain: Chain<P> = Chain {
        links: links.collect(),
        writers: Vec::with_capacity(CAPACITY),
        done: 0,
        wanted: 0,
        peer: PhantomData,
    };
    for (token, pair) in pairs.iter().enumerate() {
        must(peer.watch(pair.first, token), "watch");
    }
    for i in 0..active {
        write(pairs[i * pairs.len() / active].second, &[0]);
    }
    chain.run(&mut peer, active as u64); // warms up
    let sample = chain.run(&mut peer, events);
    for pair in pairs {
        must(peer.forget(pair.first), "forget");
        drain(pair.first);
    }
    sample
}
