// SPDX-License-Identifier: MIT
use std::io::{Read, Write};
use std::os::unix::io::AsRawFd;
use std::os::unix::net::UnixStream;
use std::thread;

use crate::peer::Peer;
use crate::peers::{Mio, Polling, PollingLevel, PolluxRust};
use crate::work::chain::{chain, Pair};
use crate::work::echo::echo;
use crate::work::ping::ping;

fn connect() -> (UnixStream, UnixStream) {
    let (first, second) = UnixStream::pair().unwrap();
    first.set_nonblocking(true).unwrap();
    second.set_nonblocking(true).unwrap();
    (first, second)
}

fn chain_goes_round<P: Peer>(active: usize) {
    let streams: Vec<_> = (0..10).map(|_| connect()).collect();
    let pairs = streams.iter().map(|(first, second)| Pair {
        first: first.as_raw_fd(),
        second: second.as_raw_fd(),
    });
    let pairs: Vec<_> = pairs.collect();
    let sample = chain::<P>(&pairs, active, 1000);
    assert!(sample.events >= 1000 && sample.wall_ns > 0, "{sample:?}");
    for (mut first, _) in streams {
        assert!(first.read(&mut [0]).is_err(), "a byte is left");
    }
}

#[test]
fn bytes_go_round_in_the_chain_of_each_peer() {
    for active in [1, 3, 10] {
        chain_goes_round::<Mio>(active);
        chain_goes_round::<Polling>(active);
        chain_goes_round::<PollingLevel>(active);
        chain_goes_round::<PolluxRust>(active);
    }
}

fn message_comes_back<P: Peer>(length: usize) {
    let (server, mut client) = connect();
    client.set_nonblocking(false).unwrap();
    thread::scope(|scope| {
        let server = &server;
        scope.spawn(move || echo::<P>(&[server.as_raw_fd()], 100));
        let sent = vec![7; length];
        for _ in 0..100 {
            let mut received = vec![0; length];
            client.write_all(&sent).unwrap();
            client.read_exact(&mut received).unwrap();
            assert_eq!(received, sent);
        }
    });
}

#[test]
fn what_a_client_sends_comes_back_from_each_peer() {
    for length in [1, 4096] {
        message_comes_back::<Mio>(length);
        message_comes_back::<Polling>(length);
        message_comes_back::<PollingLevel>(length);
        message_comes_back::<PolluxRust>(length);
    }
}

fn trips_end<P: Peer + Send>() {
    let mut trips = [0.; 20];
    ping::<P>(&mut trips);
    assert!(trips.iter().all(|&trip| trip > 0.), "{trips:?}");
}

#[test]
fn each_trip_of_a_wake_takes_time() {
    trips_end::<Mio>();
    trips_end::<Polling>();
    trips_end::<PollingLevel>();
    trips_end::<PolluxRust>();
}
