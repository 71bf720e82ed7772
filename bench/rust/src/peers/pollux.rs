// SPDX-License-Identifier: MIT
//! The poller of this project as Rust sees it; beside pollux-epoll it shows what the binding costs.
//! One-shot is for work that asks for it, edge-triggered for a look at mio, which always is.

use std::io::{self, ErrorKind};
use std::os::unix::io::RawFd;
use std::time::Duration;

use pollux::{Events, Interest, Poller, Waker};

use crate::peer::{Peer, CAPACITY};

pub struct PolluxIn<const MODE: u8> {
    poller: Poller,
    events: Events,
}

const LEVEL: u8 = 0;
const EDGE: u8 = 1;
const ONESHOT: u8 = 2;

pub type PolluxRust = PolluxIn<LEVEL>;
pub type PolluxRustEdge = PolluxIn<EDGE>;
pub type PolluxRustOneshot = PolluxIn<ONESHOT>;

impl<const MODE: u8> PolluxIn<MODE> {
    const READABLE: Interest = Self::in_mode(Interest::READABLE);
    const BOTH: Interest = Self::in_mode(Interest::READABLE.and(Interest::WRITABLE));

    const fn in_mode(interest: Interest) -> Interest {
        match MODE {
            EDGE => interest.edge(),
            ONESHOT => interest.oneshot(),
            _ => interest,
        }
    }

    /// A signal ends a wait, like mio's.
    fn wait_once(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        match self.poller.wait(&mut self.events, timeout) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }
}

impl<const MODE: u8> Peer for PolluxIn<MODE> {
    const IS_EDGE: bool = MODE == EDGE;

    type Waker = Waker;

    fn open() -> io::Result<Self> {
        Ok(PolluxIn {
            poller: Poller::new()?,
            events: Events::with_capacity(CAPACITY),
        })
    }

    fn watch(&mut self, fd: RawFd, token: usize) -> io::Result<()> {
        // SAFETY: it stays open until it is forgotten, as Peer demands.
        unsafe { self.poller.add_raw(fd, token as u64, Self::READABLE) }
    }

    fn watch_exclusive(&mut self, fd: RawFd, token: usize) -> io::Result<()> {
        // SAFETY: as above.
        unsafe {
            self.poller
                .add_raw(fd, token as u64, Self::READABLE.exclusive())
        }
    }

    fn set_writable(&mut self, fd: RawFd, token: usize, on: bool) -> io::Result<()> {
        let interest = if on { Self::BOTH } else { Self::READABLE };
        self.poller.modify_raw(fd, token as u64, interest)
    }

    fn forget(&mut self, fd: RawFd) -> io::Result<()> {
        self.poller.remove_raw(fd)
    }

    fn wait(
        &mut self,
        timeout: Option<Duration>,
        mut ready: impl FnMut(usize) -> RawFd,
    ) -> io::Result<()> {
        self.wait_once(timeout)?;
        for event in &self.events {
            let fd = ready(event.token() as usize);
            if MODE == ONESHOT {
                self.poller.modify_raw(fd, event.token(), Self::READABLE)?;
            }
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
            self.wait_once(None)?;
            if self.events.woken() {
                return Ok(());
            }
        }
    }
}
