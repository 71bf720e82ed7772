// SPDX-License-Identifier: MIT
//! Connections that are accepted and closed: ../../../work/accept.hpp, which makes them and gives
//! each acceptor a thread.

use std::marker::PhantomData;
use std::os::unix::io::RawFd;

use crate::peer::Peer;
use crate::system::{accept, close, must};

use super::measured::{measure, Handler};

/// bench::AcceptSample.
#[repr(C)]
#[derive(Debug)]
pub struct AcceptSample {
    pub connections: u64,
    /// Times that the listener was reported and had no connection.
    pub in_vain: u64,
    pub wall_ns: i64,
    pub processor_ns: i64,
}

const LISTENER: usize = 0;
const END: usize = 1;

pub struct Acceptor<P: Peer> {
    peer: P,
    listener: RawFd,
    end: RawFd,
}

struct Accepting<P> {
    listener: RawFd,
    end: RawFd,
    connections: u64,
    in_vain: u64,
    is_over: bool,
    peer: PhantomData<P>,
}

/// One accept for each time that the listener is readable; with edge, until nothing is left.
impl<P: Peer> Handler for Accepting<P> {
    fn ready(&mut self, token: usize) -> RawFd {
        if token == END {
            self.is_over = true;
            return self.end;
        }
        let before = self.connections;
        while let Some(connection) = accept(self.listener) {
            close(connection);
            self.connections += 1;
            if !P::IS_EDGE {
                break;
            }
        }
        if self.connections == before {
            self.in_vain += 1;
        }
        self.listener
    }

    fn is_over(&self) -> bool {
        self.is_over
    }
}

impl<P: Peer> Acceptor<P> {
    /// Both stay open as long as the acceptor.
    pub fn new(listener: RawFd, end: RawFd, is_exclusive: bool) -> Acceptor<P> {
        let mut peer: P = must(P::open(), "open");
        if is_exclusive {
            must(peer.watch_exclusive(listener, LISTENER), "watch_exclusive");
        } else {
            must(peer.watch(listener, LISTENER), "watch");
        }
        must(peer.watch(end, END), "watch");
        Acceptor {
            peer,
            listener,
            end,
        }
    }

    /// Until the other end of `end` has written.
    pub fn run(&mut self) -> AcceptSample {
        let mut accepting: Accepting<P> = Accepting {
            listener: self.listener,
            end: self.end,
            connections: 0,
            in_vain: 0,
            is_over: false,
            peer: PhantomData,
        };
        let sample = measure(&mut self.peer, &mut accepting);
        AcceptSample {
            connections: accepting.connections,
            in_vain: accepting.in_vain,
            wall_ns: sample.wall_ns,
            processor_ns: sample.processor_ns,
        }
    }
}

impl<P: Peer> Drop for Acceptor<P> {
    fn drop(&mut self) {
        must(self.peer.forget(self.listener), "forget");
        must(self.peer.forget(self.end), "forget");
    }
}
