// SPDX-License-Identifier: MIT
//! A server's ends of connections. Its clients are not in Rust, and the same for all contenders.

use std::marker::PhantomData;
use std::os::unix::io::RawFd;

use crate::peer::Peer;
use crate::system::{fail, must, read, write};

use super::measured::{measure, Handler, Sample};

const ROOM: usize = 1024;

/// What is done with what comes in.
pub trait Service {
    /// How many bytes of requests are answered; `token` is the connection's place among all.
    fn answer(&mut self, token: usize, connection: RawFd, bytes: &[u8]) -> u64;
}

/// It goes back.
pub struct Echo;

impl Service for Echo {
    fn answer(&mut self, _token: usize, connection: RawFd, bytes: &[u8]) -> u64 {
        write(connection, bytes);
        bytes.len() as u64
    }
}

pub struct Server<P: Peer, S> {
    peer: P,
    connections: Vec<RawFd>,
    service: S,
}

struct Serving<'a, P, S, More> {
    connections: &'a [RawFd],
    service: &'a mut S,
    left: u64,
    more: More,
    peer: PhantomData<P>,
}

impl<P, S: Service, More: FnMut() -> u64> Serving<'_, P, S, More> {
    fn answer(&mut self, token: usize, bytes: &[u8]) {
        let answered = self.service.answer(token, self.connections[token], bytes);
        self.left = match self.left.checked_sub(answered) {
            Some(0) => (self.more)(),
            Some(left) => left,
            None => fail("the server", "more was answered than was asked"),
        };
    }
}

/// With edge, a read that leaves room shows that nothing is left.
impl<P: Peer, S: Service, More: FnMut() -> u64> Handler for Serving<'_, P, S, More> {
    fn ready(&mut self, token: usize) -> RawFd {
        let connection = self.connections[token];
        let mut buffer = [0; ROOM];
        while let Some(count) = read(connection, &mut buffer) {
            if count == 0 {
                fail("the server", "a client has gone");
            }
            self.answer(token, &buffer[..count]);
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

impl<P: Peer, S: Service> Server<P, S> {
    /// They stay open as long as the server.
    pub fn new(connections: &[RawFd], service: S) -> Server<P, S> {
        let mut peer: P = must(P::open(), "open");
        for (token, &connection) in connections.iter().enumerate() {
            must(peer.watch(connection, token), "watch");
        }
        Server {
            peer,
            connections: connections.to_vec(),
            service,
        }
    }

    /// Answers so many bytes, and then as many as `more` says, until that is 0. Clients wait for
    /// their answers: there is always room for these.
    pub fn serve(&mut self, bytes: u64, more: impl FnMut() -> u64) -> Sample {
        let mut serving: Serving<P, _, _> = Serving {
            connections: &self.connections,
            service: &mut self.service,
            left: bytes,
            more,
            peer: PhantomData,
        };
        measure(&mut self.peer, &mut serving)
    }
}

impl<P: Peer, S> Drop for Server<P, S> {
    fn drop(&mut self) {
        for &connection in &self.connections {
            must(self.peer.forget(connection), "forget");
        }
    }
}
