// SPDX-License-Identifier: MIT
//! mio is always edge-triggered: nobody is told again of what was not read.

use std::io::{self, ErrorKind};
use std::os::unix::io::RawFd;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};

use crate::peer::{Peer, CAPACITY};

const WAKE: Token = Token(usize::MAX);

pub struct Mio {
    poll: Poll,
    events: Events,
}

impl Mio {
    /// A signal ends a wait of mio's.
    fn poll_once(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }
}

impl Peer for Mio {
    const IS_EDGE: bool = true;

    type Waker = Waker;

    fn open() -> io::Result<Mio> {
        Ok(Mio {
            poll: Poll::new()?,
            events: Events::with_capacity(CAPACITY),
        })
    }

    fn watch(&mut self, fd: RawFd, token: usize) -> io::Result<()> {
        let registry = self.poll.registry();
        registry.register(&mut SourceFd(&fd), Token(token), Interest::READABLE)
    }

    fn set_writable(&mut self, fd: RawFd, token: usize, on: bool) -> io::Result<()> {
        let interest = if on {
            Interest::READABLE | Interest::WRITABLE
        } else {
            Interest::READABLE
        };
        let registry = self.poll.registry();
        registry.reregister(&mut SourceFd(&fd), Token(token), interest)
    }

    fn forget(&mut self, fd: RawFd) -> io::Result<()> {
        self.poll.registry().deregister(&mut SourceFd(&fd))
    }

    fn wait(
        &mut self,
        timeout: Option<Duration>,
        mut ready: impl FnMut(usize) -> RawFd,
    ) -> io::Result<()> {
        self.poll_once(timeout)?;
        for event in &self.events {
            ready(event.token().0);
        }
        Ok(())
    }

    fn waker(&mut self) -> io::Result<Waker> {
        Waker::new(self.poll.registry(), WAKE)
    }

    fn wake(waker: &Waker) -> io::Result<()> {
        waker.wake()
    }

    fn wait_for_wake(&mut self) -> io::Result<()> {
        loop {
            self.poll_once(None)?;
            if self.events.iter().any(|event| event.token() == WAKE) {
                return Ok(());
            }
        }
    }
}
