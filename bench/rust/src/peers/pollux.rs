// SPDX-License-Identifier: MIT
//! The poller of this project as Rust sees it; beside pollux-epoll it shows what the binding costs.

use std::io::{self, ErrorKind};
use std::os::unix::io::RawFd;

use pollux::{Events, Interest, Poller, Waker};

use crate::peer::{Peer, CAPACITY};

pub struct PolluxRust {
    poller: Poller,
    events: Events,
}

impl PolluxRust {
    /// A signal ends a wait, like mio's.
    fn wait_once(&mut self) -> io::Result<()> {
        match self.poller.wait(&mut self.events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }
}

impl Peer for PolluxRust {
    const IS_EDGE: bool = false;

    type Waker = Waker;

    fn open() -> io::Result<PolluxRust> {
        Ok(PolluxRust {
            poller: Poller::new()?,
            events: Events::with_capacity(CAPACITY),
        })
    }

    fn watch(&mut self, fd: RawFd, token: usize) -> io::Result<()> {
        // SAFETY: it stays open until it is forgotten, as Peer demands.
        unsafe { self.poller.add_raw(fd, token as u64, Interest::READABLE) }
    }

    fn forget(&mut self, fd: RawFd) -> io::Result<()> {
        self.poller.remove_raw(fd)
    }

    fn wait(&mut self, mut ready: impl FnMut(usize) -> RawFd) -> io::Result<()> {
        self.wait_once()?;
        for event in &self.events {
            ready(event.token() as usize);
        }
        Ok(())
    }

    fn waker(&mut self) -> io::Result<Waker> {
        Ok(self.poller.waker())
    }

    fn wake(waker: &Waker) -> io::Result<()> {
        waker.wake()
    }

    fn wait_for_wake(&mut self) -> io::Result<()> {
        loop {
            self.wait_once()?;
            if self.events.woken() {
                return Ok(());
            }
        }
    }
}
