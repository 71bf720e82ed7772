// SPDX-License-Identifier: MIT
use pollux::{Interest, Io, Loop, Readiness, Timer};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

fn receive(event_loop: &Loop, io: &Io<UnixStream>, _: Readiness) {
    let mut text = [0; 100];
    let size = io.get_ref().read(&mut text).unwrap_or(0);
    println!("received {}", String::from_utf8_lossy(&text[..size]));
    let _ = io.close();
    let add_up = || (1..=100).sum::<i32>(); // in a thread of the pool
    let work = event_loop.work(add_up, |_, sum| println!("computed {}", sum.unwrap()));
    work.unwrap().detach();
}

fn main() -> std::io::Result<()> {
    let (near, mut far) = UnixStream::pair()?;

    let event_loop = Loop::new()?;
    let _io = event_loop.io(near, Interest::READABLE, receive)?;
    let send = move |_: &Loop, _: &Timer| {
        if far.write_all(b"hello").is_ok() {
            println!("sent hello");
        }
    };
    let _timer = event_loop.timer(Duration::from_millis(10), None, send)?;

    event_loop.run()?; // until nothing is left to do
    Ok(())
}
