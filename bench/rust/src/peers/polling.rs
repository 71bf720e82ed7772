// SPDX-License-Identifier: MIT
//! polling is one-shot unless it is asked for more: who was reported is armed again by its user,
//! with a system call for each event. With level, it is not.

use std::io;
use std::num::NonZeroUsize;
use std::os::unix::io::{BorrowedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use polling::{Event, Events, PollMode, Poller};

use crate::peer::{Peer, CAPACITY};

pub struct PollingIn<const IS_LEVEL: bool> {
    poller: Arc<Poller>,
    events: Events,
}

pub type Polling = PollingIn<false>;
pub type PollingLevel = PollingIn<true>;

impl<const IS_LEVEL: bool> PollingIn<IS_LEVEL> {
    const MODE: PollMode = if IS_LEVEL {
        PollMode::Level
    } else {
        PollMode::Oneshot
    };

    fn wait_once(&mut self, timeout: Option<Duration>) -> io::Result<usize> {
        self.events.clear();
        self.poller.wait(&mut self.events, timeout)
    }
}

/// What is watched stays open meanwhile, as Peer demands.
fn borrow<'a>(fd: RawFd) -> BorrowedFd<'a> {
    // SAFETY: as above.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

impl<const IS_LEVEL: bool> Peer for PollingIn<IS_LEVEL> {
    const IS_EDGE: bool = false;

    type Waker = Arc<Poller>;

    fn open() -> io::Result<Self> {
        let capacity = NonZeroUsize::new(CAPACITY).expect("it is above 0");
        Ok(PollingIn {
            poller: Arc::new(Poller::new()?),
            events: Events::with_capacity(capacity),
        })
    }

    fn watch(&mut self, fd: RawFd, token: usize) -> io::Result<()> {
        // SAFETY: it is forgotten before it is closed, as Peer demands.
        unsafe {
            let interest = Event::readable(token);
            self.poller.add_with_mode(fd, interest, Self::MODE)
        }
    }

    fn set_writable(&mut self, fd: RawFd, token: usize, on: bool) -> io::Result<()> {
        let interest = Event::new(token, true, on);
        self.poller
            .modify_with_mode(borrow(fd), interest, Self::MODE)
    }

    fn forget(&mut self, fd: RawFd) -> io::Result<()> {
        self.poller.delete(borrow(fd))
    }

    fn wait(
        &mut self,
        timeout: Option<Duration>,
        mut ready: impl FnMut(usize) -> RawFd,
    ) -> io::Result<()> {
        self.wait_once(timeout)?;
        for event in self.events.iter() {
            let fd = ready(event.key);
            if !IS_LEVEL {
                self.poller.modify(borrow(fd), Event::readable(event.key))?;
            }
        }
        Ok(())
    }

    fn waker(&mut self) -> io::Result<Arc<Poller>> {
        Ok(Arc::clone(&self.poller))
    }

    fn wake(waker: &Arc<Poller>) -> io::Result<()> {
        waker.notify()
    }

    /// It tells of a wake by reporting nothing.
    fn wait_for_wake(&mut self) -> io::Result<()> {
        while self.wait_once(None)? != 0 {}
        Ok(())
    }
}
