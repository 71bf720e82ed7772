// SPDX-License-Identifier: MIT
use pollux::{Events, Interest, Poller};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

fn main() -> std::io::Result<()> {
    let (near, mut far) = UnixStream::pair()?;

    let poller = Poller::new()?;
    let near = poller.register(near, 42, Interest::READABLE)?;
    far.write_all(b"hello")?;

    let mut events = Events::with_capacity(16);
    poller.wait(&mut events, Some(Duration::from_secs(5)))?;
    for event in &events {
        let mut text = [0; 100];
        let size = near.get_ref().read(&mut text)?;
        let text = String::from_utf8_lossy(&text[..size]);
        println!("token {}: {}", event.token(), text);
    }

    poller.wait(&mut events, Some(Duration::from_millis(1)))?;
    if events.timed_out() {
        println!("time is up");
    }
    Ok(()) // near is removed, then closed
}
