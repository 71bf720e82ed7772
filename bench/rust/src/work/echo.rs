// SPDX-License-Identifier: MIT
//! A server's ends of connections: what comes in goes back. Its clients are not in Rust, and the
//! same for all contenders.

use std::marker::PhantomData;
use std::os::unix::io::RawFd;

use crate::peer::Peer;
use crate::system::{fail, must, read, write};

use super::measured::{measure, Handler, Sample};

const ROOM: usize = 1024;

pub struct Server<P: Peer> {
    peer: P,
    connections: Vec<RawFd>,
}

struct Service<'a, P, More> {
    connections: &'a [RawFd],
    left: u64,
    more: More,
    peer: PhantomData<P>,
}

impl<P, More: FnMut() -> u64> Service<'_, P, More> {
    fn answer(&mut self, connection: RawFd, bytes: &[u8]) {
        write(connection, bytes);
        self.left = match self.left.checked_sub(bytes.len() as u64) {
            Some(0) => (self.more)(),
            Some(left) => left,
            None => fail("the server", "more was answered than was asked"),
        };
    }
}

/// With edge, a read that leaves room shows that nothing is left.
impl<P: Peer, More: FnMut() -> u64> Handler for Service<'_, P, More> {
    fn ready(&mut self, token: usize) -> RawFd {
        let connection = self.connections[token];
        let mut buffer = [0; ROOM];
        while let Some(count) = read(connection, &mut buffer) {
            if count == 0 {
                fail("the server", "a client has gone");
            }
            self.answer(connection, &buffer[..count]);
            if !P::IS_EDGE || count < ROOM {
                break;
            }
        }
        connection
    }

    fn is_over(&self) -> bool {
        self.left == 0
    }
}

impl<P: Peer> Server<P> {
    /// They stay open as long as the server.
    pub fn new(connections: &[RawFd]) -> Server<P> {
        let mut peer: P = must(P::open(), "open");
        for (token, &connection) in connections.iter().enumerate() {
            must(peer.watch(connection, token), "watch");
        }
        let connections = connections.to_vec();
        Server { peer, connections }
    }

    /// Answers so many bytes, and then as many as `more` says, until that is 0. Clients wait for
    /// their answers: there is always room for these.
    pub fn serve(&mut self, bytes: u64, more: impl FnMut() -> u64) -> Sample {
        let mut service: Service<P, _> = Service {
            connections: &self.connections,
            left: bytes,
            more,
            peer: PhantomData,
        };
        measure(&mut self.peer, &mut service)
    }
}

impl<P: Peer> Drop for Server<P> {
    fn drop(&mut self) {
        for &connection in &self.connections {
            must(self.peer.forget(connection), "forget");
        }
    }
}
