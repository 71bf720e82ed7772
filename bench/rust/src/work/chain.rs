// SPDX-License-Identifier: MIT
//! The chain of socket pairs closed to a ring: ../../../work/chain.hpp.

use std::marker::PhantomData;
use std::os::unix::io::RawFd;

use crate::peer::Peer;
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
    done: u64,
    wanted: u64,
    peer: PhantomData<P>,
}

/// A link hands on one byte at a time, and each counts as an event.
///
/// With level, one byte is read: if there are more, the link is reported again. With edge, reading
/// has to go on until nothing is left, and a read that could have returned more bytes than it did
/// shows that: room for two is enough to know after one call, as there is rarely more than one.
impl<P: Peer> Handler for Chain<P> {
    fn ready(&mut self, token: usize) -> RawFd {
        let link = &self.links[token];
        let mut buffer = [0; 2];
        let room = if P::IS_EDGE { 2 } else { 1 };
        loop {
            let count = match read(link.reader, &mut buffer[..room]) {
                Some(count) if count > 0 => count,
                None if P::IS_EDGE => break,
                _ => fail("read", "not what was sent"),
            };
            for byte in buffer[..count].chunks(1) {
                write(link.next_writer, byte);
            }
            self.done += count as u64;
            if !P::IS_EDGE || count < room {
                break;
            }
        }
        link.reader
    }

    fn is_over(&self) -> bool {
        self.done >= self.wanted
    }
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
