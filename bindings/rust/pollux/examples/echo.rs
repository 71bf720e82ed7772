// SPDX-License-Identifier: MIT
//! An echo server on the loop. It reads from a connection only when all that came before is sent
//! back, so that a client that does not read holds up itself and nobody else.
//!
//!     echo                  shows itself at work: one client that is slow to read
//!     echo 127.0.0.1:7000   serves until it is ended

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use std::{env, thread};

use pollux::{Backend, Events, Interest, Io, Loop, Poller, Timer};

const BUFFER: usize = 64 * 1024;
/// So that a fast client does not keep the others waiting.
const ROUNDS: usize = 16;

/// Accepts connections and echoes what they send, until the answer is dropped.
pub fn serve(event_loop: &Loop, listener: TcpListener) -> io::Result<Io<TcpListener>> {
    listener.set_nonblocking(true)?;
    event_loop.io(listener, Interest::READABLE, |event_loop, io, _| loop {
        let accepted = io.get_ref().accept().map(|(stream, _)| stream);
        match accepted.and_then(|stream| echo(event_loop, stream)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => {
                eprintln!("echo: a connection was not accepted: {}", error);
                return pause(event_loop, io);
            }
        }
    })
}

/// Out of descriptors, or the like: the connection stays in the queue and would be reported again
/// at once.
fn pause(event_loop: &Loop, io: &Io<TcpListener>) {
    let listener = io.alias();
    let resume = move |_: &Loop, _: &Timer| drop(listener.set(Interest::READABLE));
    if let Ok(timer) = event_loop.timer(Duration::from_millis(100), None, resume) {
        let _ = io.set(Interest::NONE);
        timer.detach();
    }
}

fn echo(event_loop: &Loop, stream: TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let mut echo = Echo {
        buffer: vec![0; BUFFER],
        unsent: 0..0,
    };
    let connection = event_loop.io(stream, Interest::READABLE, move |_, io, _| {
        let is_open = match echo.advance(io.get_ref()) {
            Ok(Some(interest)) => io.set(interest).is_ok(),
            Ok(None) => false,
            Err(_) => false, // the client is gone
        };
        if !is_open {
            let _ = io.close();
        }
    })?;
    connection.detach();
    Ok(())
}

struct Echo {
    buffer: Vec<u8>,
    unsent: std::ops::Range<usize>,
}

impl Echo {
    /// What to wait for next; nothing at the end.
    fn advance(&mut self, mut stream: &TcpStream) -> io::Result<Option<Interest>> {
        for _ in 0..ROUNDS {
            if self.unsent.is_empty() {
                match stream.read(&mut self.buffer) {
                    Ok(0) => return Ok(None),
                    Ok(count) => self.unsent = 0..count,
                    Err(error) => return or_wait(error, Interest::READABLE),
                }
            }
            match stream.write(&self.buffer[self.unsent.clone()]) {
                Ok(count) => self.unsent.start += count,
                Err(error) => return or_wait(error, Interest::WRITABLE),
            }
        }
        let is_sent = self.unsent.is_empty();
        Ok(Some(if is_sent {
            Interest::READABLE
        } else {
            Interest::WRITABLE
        }))
    }
}

fn or_wait(error: io::Error, interest: Interest) -> io::Result<Option<Interest>> {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(Some(interest)),
        _ => Err(error),
    }
}

/// Sends `total` bytes and does not read before the server takes no more. How much that was.
fn slow_client(address: SocketAddr, total: usize) -> io::Result<usize> {
    let stream = TcpStream::connect(address)?;
    stream.set_nonblocking(true)?;
    let poller = Poller::new()?;
    let mut stream = poller.register(stream, 0, Interest::WRITABLE)?;
    let mut events = Events::with_capacity(1);
    let byte_at = |position: usize| (position % 251) as u8;
    let block: Vec<u8> = (0..251 * 256).map(byte_at).collect();
    let (mut sent, mut received, mut stuck) = (0, 0, None);
    let mut buffer = vec![0; BUFFER];
    while received < total {
        let patience = stuck.map_or(Duration::from_millis(200), |_| Duration::from_secs(60));
        poller.wait(&mut events, Some(patience))?;
        if events.timed_out() {
            if stuck.is_some() {
                return Err(ErrorKind::TimedOut.into());
            }
            stuck = Some(sent);
            stream.modify(0, Interest::READABLE | Interest::WRITABLE)?;
        }
        for event in &events {
            if event.is_writable() && sent < total {
                let from = sent % 251;
                let count = (block.len() - from).min(total - sent);
                sent += ignore_block(stream.write(&block[from..from + count]))?;
            }
            if sent == total {
                stuck = stuck.or(Some(sent));
                stream.modify(0, Interest::READABLE)?;
            }
            if event.is_readable() {
                let count = ignore_block(stream.read(&mut buffer))?;
                let expected = (received..received + count).map(byte_at);
                assert!(
                    expected.eq(buffer[..count].iter().copied()),
                    "the echo is wrong"
                );
                received += count;
            }
        }
    }
    Ok(stuck.unwrap_or(sent))
}

fn ignore_block(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}

/// A server and a slow client: how much the server took at first, and its changes of interest.
pub fn demonstrate(backend: Backend, total: usize) -> io::Result<(usize, u64)> {
    let event_loop = Loop::builder().backend(backend).build()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let _server = serve(&event_loop, listener)?;
    let remote = event_loop.remote();
    let client = thread::spawn(move || {
        let taken = slow_client(address, total);
        remote.stop().and(taken)
    });
    event_loop.run()?;
    let taken = client.join().expect("the client panicked")?;
    Ok((taken, event_loop.stats()?.interest_changes))
}

fn main() -> io::Result<()> {
    if let Some(address) = env::args().nth(1) {
        let event_loop = Loop::new()?;
        let listener = TcpListener::bind(address)?;
        println!(
            "echo: {} on {}",
            listener.local_addr()?,
            event_loop.backend()
        );
        let _server = serve(&event_loop, listener)?;
        return event_loop.run().map(drop);
    }
    let total = 64 << 20;
    for backend in Backend::available() {
        let (taken, changes) = demonstrate(backend, total)?;
        println!(
            "{}: echoed {} MiB to a client that read nothing until {} KiB were stuck; interest \
             changed {} times",
            backend,
            total >> 20,
            taken >> 10,
            changes
        );
    }
    Ok(())
}
