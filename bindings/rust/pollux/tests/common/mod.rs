// SPDX-License-Identifier: MIT
//! What the tests share.
#![allow(dead_code)]

use std::cell::Cell;
use std::io;
use std::os::unix::io::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use pollux::{error_name, Backend, Events, Loop, Poller};

/// For what must come; nothing is asserted about how soon.
pub const LONG: Option<Duration> = Some(Duration::from_secs(60));
pub const NOW: Option<Duration> = Some(Duration::ZERO);

pub fn on_every_poller(test: impl Fn(Poller)) {
    for backend in Backend::available() {
        eprintln!("on {}", backend);
        test(Poller::builder().backend(backend).build().unwrap());
    }
}

pub fn on_every_loop(test: impl Fn(Loop)) {
    for backend in Backend::available() {
        eprintln!("on {}", backend);
        test(Loop::builder().backend(backend).build().unwrap());
    }
}

/// Two connected streams that do not block.
pub fn pair() -> (UnixStream, UnixStream) {
    let (a, b) = UnixStream::pair().unwrap();
    a.set_nonblocking(true).unwrap();
    b.set_nonblocking(true).unwrap();
    (a, b)
}

/// An owner that is shared; Rust before 1.64 cannot watch an `Arc` itself.
#[derive(Clone)]
pub struct Shared(pub Arc<UnixStream>);

impl AsFd for Shared {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The tokens that a wait reports.
pub fn tokens(poller: &Poller, events: &mut Events, timeout: Option<Duration>) -> Vec<u64> {
    poller.wait(events, timeout).unwrap();
    let mut tokens: Vec<_> = events.iter().map(|event| event.token()).collect();
    tokens.sort_unstable();
    tokens
}

#[track_caller]
pub fn assert_error<T>(result: io::Result<T>, name: &str) {
    match result {
        Ok(_) => panic!("{} was expected", name),
        Err(error) => assert_eq!(error_name(&error), name),
    }
}

/// Counts how many of its clones live: captured by closures to see when they are dropped.
pub fn alive() -> Rc<()> {
    Rc::new(())
}

pub fn clones(alive: &Rc<()>) -> usize {
    Rc::strong_count(alive) - 1
}

pub fn counter() -> Rc<Cell<u32>> {
    Rc::new(Cell::new(0))
}

pub fn count(counter: &Cell<u32>) -> u32 {
    counter.set(counter.get() + 1);
    counter.get()
}

/// A child that the test or a loop waits for.
pub fn child(script: &str) -> Child {
    Command::new("sh").args(["-c", script]).spawn().unwrap()
}

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
