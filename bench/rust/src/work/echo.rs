// SPDX-License-Identifier: MIT
//! A server's ends of connections: what comes in goes back.

use std::marker::PhantomData;
use std::os::unix::io::RawFd;

use crate::peer::Peer;
use crate::system::{must, read, write};

use super::measured::{measure, Handler, Sample};

const ROOM: usize = 4096;

struct Server<'a, P> {
    connections: &'a [RawFd],
    buffer: [u8; ROOM],
    messages: u64,
    peer: PhantomData<P>,
}

/// What one read returns counts as a message. With edge, a read that leaves room shows that nothing
/// is left.
impl<P: Peer> Handler for Server<'_, P> {
    fn ready(&mut self, token: usize) -> RawFd {
        let connection = self.connections[token];
        while let Some(count) = read(connection, &mut self.buffer) {
            if count == 0 {
                break;
            }
            write(connection, &self.buffer[..count]);
            self.messages += 1;
            if !P::IS_EDGE || count < ROOM {
                break;
            }
        }
        connection
    }

    fn events(&self) -> u64 {
        self.messages
    }
}

/// Until at least so many messages are served. The clients are another thread's, and wait for their
/// answers: then there is always room for these. They stay open as long as this lasts.
pub fn echo<P: Peer>(connections: &[RawFd], messages: u64) -> Sample {
    let mut peer: P = must(P::open(), "open");
    for (token, &connection) in connections.iter().enumerate() {
        must(peer.watch(connection, token), "watch");
    }
    let mut server: Server<P> = Server {
        connections,
        buffer: [0; ROOM],
        messages: 0,
        peer: PhantomData,
    };
    let sample = measure(&mut peer, &mut server, messages);
    for &connection in connections {
        must(peer.forget(connection), "forget");
    }
    sample
}
