// SPDX-License-Identifier: MIT
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::io::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::thread;

use crate::peer::Peer;
use crate::peers::{Mio, Polling, PollingLevel, PolluxRust, PolluxRustEdge, PolluxRustOneshot};
use crate::system::write;
use crate::work::accept::Acceptor;
use crate::work::chain::{chain, Pair};
use crate::work::churn::churn;
use crate::work::server::{Echo, Server, Service};
use crate::work::wake::{busy, ping, storm};

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
        chain_goes_round::<PolluxRustEdge>(active);
        chain_goes_round::<PolluxRustOneshot>(active);
    }
}

fn changes_take_time<P: Peer>() {
    let streams: Vec<_> = (0..10).map(|_| connect()).collect();
    for (first, _) in &streams {
        let mut first = first;
        while first.write(&[0; 4096]).is_ok() {}
    }
    let fds: Vec<_> = streams.iter().map(|(first, _)| first.as_raw_fd()).collect();
    let times = churn::<P>(&fds, 100);
    assert!(times.add_remove > 0. && times.toggle > 0., "{times:?}");
}

#[test]
fn changes_of_what_is_watched_take_time_and_report_nothing() {
    changes_take_time::<Mio>();
    changes_take_time::<Polling>();
    changes_take_time::<PollingLevel>();
    changes_take_time::<PolluxRust>();
}

fn message_comes_back<P: Peer + Send>(length: usize) {
    let (ours, mut client) = connect();
    client.set_nonblocking(false).unwrap();
    let mut server: Server<P, _> = Server::new(&[ours.as_raw_fd()], Echo);
    let half = 50 * length as u64;
    let mut halves = [half, 0].into_iter();
    thread::scope(|scope| {
        scope.spawn(|| server.serve(half, || halves.next().unwrap()));
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
    for length in [1, 1024, 2000] {
        message_comes_back::<Mio>(length);
        message_comes_back::<Polling>(length);
        message_comes_back::<PollingLevel>(length);
        message_comes_back::<PolluxRust>(length);
        message_comes_back::<PolluxRustEdge>(length);
    }
}

/// Says who is asked, once for each byte.
struct Naming;

impl Service for Naming {
    fn answer(&mut self, token: usize, connection: RawFd, bytes: &[u8]) -> u64 {
        write(connection, &vec![token as u8; bytes.len()]);
        bytes.len() as u64
    }
}

fn connection_is_told_apart<P: Peer + Send>() {
    let streams: Vec<_> = (0..10).map(|_| connect()).collect();
    let fds: Vec<_> = streams.iter().map(|(ours, _)| ours.as_raw_fd()).collect();
    let mut server: Server<P, _> = Server::new(&fds, Naming);
    for (_, client) in &streams {
        let mut client = client;
        client.write_all(&[0; 3]).unwrap();
    }
    server.serve(30, || 0);
    for (token, (_, client)) in streams.iter().enumerate() {
        let mut client = client;
        let mut received = [0; 4];
        assert_eq!(client.read(&mut received).unwrap(), 3);
        assert_eq!(received[..3], [token as u8; 3]);
    }
}

#[test]
fn a_service_is_told_whose_bytes_they_are() {
    connection_is_told_apart::<Mio>();
    connection_is_told_apart::<Polling>();
    connection_is_told_apart::<PollingLevel>();
    connection_is_told_apart::<PolluxRust>();
    connection_is_told_apart::<PolluxRustEdge>();
}

/// All connections are there before one of the acceptors looks.
fn connections_are_accepted<P: Peer + Send>(threads: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let ends: Vec<_> = (0..threads).map(|_| connect()).collect();
    let (fd, is_exclusive) = (listener.as_raw_fd(), threads > 1);
    let acceptors = ends
        .iter()
        .map(|(end, _)| Acceptor::<P>::new(fd, end.as_raw_fd(), is_exclusive));
    let acceptors: Vec<_> = acceptors.collect();
    let address = listener.local_addr().unwrap();
    let clients: Vec<_> = (0..20).map(|_| TcpStream::connect(address)).collect();
    let sum = thread::scope(|scope| {
        let running = acceptors
            .into_iter()
            .map(|mut acceptor| scope.spawn(move || acceptor.run().connections));
        let running: Vec<_> = running.collect();
        for client in clients {
            assert_eq!(client.unwrap().read(&mut [0]).unwrap(), 0);
        }
        for (_, end) in &ends {
            let mut end = end;
            end.write_all(&[0]).unwrap();
        }
        running
            .into_iter()
            .map(|each| each.join().unwrap())
            .sum::<u64>()
    });
    assert_eq!(sum, 20);
}

#[test]
fn connections_are_accepted_by_one_thread_or_several() {
    for threads in [1, 3] {
        connections_are_accepted::<Mio>(threads);
        connections_are_accepted::<Polling>(threads);
        connections_are_accepted::<PollingLevel>(threads);
        connections_are_accepted::<PolluxRust>(threads);
        connections_are_accepted::<PolluxRustEdge>(threads);
    }
}

fn wakes_arrive<P: Peer + Send>() {
    let mut trips = [0.; 20];
    ping::<P>(&mut trips);
    assert!(trips.iter().all(|&trip| trip > 0.), "{trips:?}");
    assert!(busy::<P>(100) > 0.);
    let storm = storm::<P>(100_000);
    assert!(storm.ns > 0. && storm.wait_ns > 0., "{storm:?}");
}

#[test]
fn wakes_arrive_and_none_is_the_last_that_was_waited_for() {
    wakes_arrive::<Mio>();
    wakes_arrive::<Polling>();
    wakes_arrive::<PollingLevel>();
    wakes_arrive::<PolluxRust>();
}
