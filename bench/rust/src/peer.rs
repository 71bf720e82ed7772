// SPDX-License-Identifier: MIT
//! What a contender has to have. All work is compiled for each of them: nothing is virtual.

use std::io;
use std::os::unix::io::RawFd;
use std::time::Duration;

/// How many events a wait reports at most, as in ../../loops.
pub const CAPACITY: usize = 1024;

pub trait Peer: Sized {
    /// Is it told of changes only? Then it has to see that nothing is left to read.
    const IS_EDGE: bool;

    type Waker: Send + Sync;

    fn open() -> io::Result<Self>;

    /// Watches for reading. What is watched stays open until it is forgotten.
    fn watch(&mut self, fd: RawFd, token: usize) -> io::Result<()>;

    /// As watch(); of the peers that watch it not all shall be woken, where that can be had.
    fn watch_exclusive(&mut self, fd: RawFd, token: usize) -> io::Result<()> {
        self.watch(fd, token)
    }

    /// Watches for writing as well, or no more.
    fn set_writable(&mut self, fd: RawFd, token: usize, on: bool) -> io::Result<()>;

    fn forget(&mut self, fd: RawFd) -> io::Result<()>;

    /// Waits once, for ever without a timeout. `ready` gets the token of each that is ready and
    /// answers with its descriptor, which is then watched on.
    fn wait(
        &mut self,
        timeout: Option<Duration>,
        ready: impl FnMut(usize) -> RawFd,
    ) -> io::Result<()>;

    /// Once, by the thread that waits.
    fn waker(&mut self) -> io::Result<Self::Waker>;

    fn wake(waker: &Self::Waker) -> io::Result<()>;

    /// Waits until it was woken, with nothing watched.
    fn wait_for_wake(&mut self) -> io::Result<()>;
}
