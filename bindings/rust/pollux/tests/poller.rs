// SPDX-License-Identifier: MIT
//! The poller, over every backend.

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::io::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Instant;

use common::{assert_error, ms, on_every_poller, pair, tokens, Shared, LONG, NOW};
use pollux::{Backend, Capabilities, Events, Interest, Poller};

#[test]
fn readiness_comes_with_the_token_and_the_descriptor() {
    on_every_poller(|poller| {
        let (a, mut b) = pair();
        let source = poller.register(a, 7, Interest::READABLE).unwrap();
        let mut events = Events::with_capacity(4);
        assert_eq!(tokens(&poller, &mut events, NOW), []);
        assert!(events.timed_out());
        b.write_all(b"x").unwrap();
        assert_eq!(tokens(&poller, &mut events, LONG), [7]);
        let event = events.iter().next().unwrap();
        assert!(event.is_readable() && !event.is_writable());
        assert_eq!(event.fd(), source.as_raw_fd());
    });
}

#[test]
fn a_source_reads_and_writes_as_what_it_owns() {
    on_every_poller(|poller| {
        let (a, b) = pair();
        let mut a = poller.register(a, 1, Interest::READABLE).unwrap();
        let b = poller.register(b, 2, Interest::WRITABLE).unwrap();
        (&*b).write_all(b"hello").unwrap();
        let mut text = [0; 5];
        a.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"hello");
        assert!(a.peer_addr().is_ok());
    });
}

#[test]
fn a_dropped_source_ends_its_registration_and_then_closes() {
    on_every_poller(|poller| {
        let (a, mut b) = pair();
        b.write_all(b"x").unwrap();
        let source = poller.register(a, 1, Interest::READABLE).unwrap();
        let number = source.as_raw_fd();
        assert_eq!(poller.registered(), 1);
        drop(source);
        assert_eq!(poller.registered(), 0);
        let mut events = Events::with_capacity(4);
        assert_eq!(tokens(&poller, &mut events, NOW), []);
        // The number may be used again, here or by another thread's test.
        let (c, _d) = pair();
        let again = c.as_raw_fd() == number;
        let _source = poller.register(c, 2, Interest::READABLE).unwrap();
        eprintln!("the number is used again: {}", again);
        assert_eq!(tokens(&poller, &mut events, NOW), []);
    });
}

#[test]
fn a_duplicate_that_lives_on_does_not_report_what_was_dropped() {
    on_every_poller(|poller| {
        let (a, mut b) = pair();
        let _duplicate = a.try_clone().unwrap();
        let source = poller.register(a, 1, Interest::READABLE).unwrap();
        b.write_all(b"x").unwrap();
        drop(source);
        assert_eq!(tokens(&poller, &mut Events::with_capacity(4), NOW), []);
    });
}

#[test]
fn what_is_taken_out_of_a_source_stays_open_and_can_be_registered_again() {
    on_every_poller(|poller| {
        let (a, _b) = pair();
        let source = poller.register(a, 1, Interest::READABLE).unwrap();
        let mut a: UnixStream = source.into_inner();
        assert_eq!(poller.registered(), 0);
        a.write_all(b"open").unwrap();
        let _again = poller.register(a, 2, Interest::READABLE).unwrap();
        assert_eq!(poller.registered(), 1);
    });
}

#[test]
fn references_and_shared_owners_can_be_registered() {
    on_every_poller(|poller| {
        let (a, mut b) = pair();
        b.write_all(b"x").unwrap();
        let borrowed = poller.register(&a, 1, Interest::READABLE).unwrap();
        assert_eq!(tokens(&poller, &mut Events::with_capacity(4), LONG), [1]);
        drop(borrowed);
        let shared = Shared(Arc::new(a));
        let other = Poller::new().unwrap();
        let one = poller.register(shared.clone(), 1, Interest::READABLE);
        let two = other.register(shared, 2, Interest::READABLE);
        assert!(one.is_ok() && two.is_ok());
    });
}

#[test]
fn a_one_shot_is_reported_once_and_modify_arms_it_again() {
    on_every_poller(|poller| {
        let (a, mut b) = pair();
        let once = (Interest::READABLE | Interest::WRITABLE).oneshot();
        let source = poller.register(a, 1, once).unwrap();
        let mut events = Events::with_capacity(4);
        assert_eq!(tokens(&poller, &mut events, LONG), [1]);
        b.write_all(b"x").unwrap();
        assert_eq!(tokens(&poller, &mut events, NOW), []);
        source.modify(2, once).unwrap();
        assert_eq!(tokens(&poller, &mut events, LONG), [2]);
        assert!(events.iter().next().unwrap().is_readable());
    });
}

#[test]
fn edge_reports_changes_where_the_backend_has_it_and_is_refused_elsewhere() {
    on_every_poller(|poller| {
        let (a, mut b) = pair();
        let edge = Interest::READABLE.edge();
        if !poller.backend().capabilities().contains(Capabilities::EDGE) {
            return assert_error(poller.register(a, 1, edge), "ENOTSUP");
        }
        let _source = poller.register(a, 1, edge).unwrap();
        let mut events = Events::with_capacity(4);
        b.write_all(b"x").unwrap();
        assert_eq!(tokens(&poller, &mut events, LONG), [1]);
        assert_eq!(tokens(&poller, &mut events, NOW), []);
    });
}

#[test]
fn without_an_interest_nothing_is_reported_and_the_end_of_the_peer_is_a_hint() {
    on_every_poller(|poller| {
        let (a, b) = pair();
        let source = poller.register(a, 1, Interest::NONE).unwrap();
        drop(b);
        let mut events = Events::with_capacity(4);
        assert_eq!(tokens(&poller, &mut events, NOW), []);
        source.modify(1, Interest::READABLE).unwrap();
        assert_eq!(tokens(&poller, &mut events, LONG), [1]);
        let event = events.iter().next().unwrap();
        assert!(event.is_readable() && event.is_hangup());
    });
}

#[test]
fn misuse_is_answered_with_the_error_that_is_documented() {
    on_every_poller(|poller| {
        let (a, _b) = pair();
        let _source = poller.register(&a, 1, Interest::READABLE).unwrap();
        assert_error(poller.register(&a, 2, Interest::READABLE), "EEXIST");
        let directory = File::open("/").unwrap();
        assert_error(poller.register(directory, 2, Interest::READABLE), "EPERM");
        let (c, _d) = pair();
        let both = Interest::READABLE.oneshot().exclusive();
        assert_error(poller.register(&c, 2, both), "EINVAL");
        let mut nothing = Events::with_capacity(0);
        assert_error(poller.wait(&mut nothing, NOW), "EINVAL");
        assert_error(
            poller.modify_raw(c.as_raw_fd(), 0, Interest::NONE),
            "ENOENT",
        );
        assert_error(poller.remove_raw(-1), "EBADF");
        assert_eq!(poller.registered(), 1);
    });
}

#[test]
fn what_is_added_raw_is_watched_until_it_is_removed() {
    on_every_poller(|poller| {
        let (a, mut b) = pair();
        let number = a.as_raw_fd();
        // SAFETY: it is removed below, before `a` is closed.
        unsafe { poller.add_raw(number, 5, Interest::READABLE) }.unwrap();
        b.write_all(b"x").unwrap();
        let mut events = Events::with_capacity(4);
        assert_eq!(tokens(&poller, &mut events, LONG), [5]);
        poller.modify_raw(number, 6, Interest::READABLE).unwrap();
        assert_eq!(tokens(&poller, &mut events, LONG), [6]);
        poller.remove_raw(number).unwrap();
        assert_error(poller.remove_raw(number), "ENOENT");
    });
}

#[test]
fn a_source_whose_registration_was_removed_raw_says_so_and_does_no_harm() {
    on_every_poller(|poller| {
        let (a, _b) = pair();
        let source = poller.register(a, 5, Interest::READABLE).unwrap();
        poller.remove_raw(source.as_raw_fd()).unwrap();
        assert_error(source.modify(6, Interest::READABLE), "ENOENT");
    });
}

#[test]
fn a_wait_does_not_end_early_and_a_huge_one_does_not_overflow() {
    on_every_poller(|poller| {
        let mut events = Events::with_capacity(4);
        let start = Instant::now();
        poller.wait(&mut events, Some(ms(20))).unwrap();
        assert!(events.timed_out() && start.elapsed() >= ms(20));
        poller.waker().wake().unwrap();
        poller
            .wait(&mut events, Some(std::time::Duration::MAX))
            .unwrap();
        assert!(events.woken());
    });
}

#[test]
fn more_than_fit_are_reported_by_and_by() {
    on_every_poller(|poller| {
        let pairs: Vec<_> = (0..5).map(|_| pair()).collect();
        let register = |(token, (a, _)): (usize, &'_ (UnixStream, UnixStream))| {
            let a = a.try_clone().unwrap();
            poller.register(a, token as u64, Interest::WRITABLE.oneshot())
        };
        let sources: Vec<_> = pairs.iter().enumerate().map(register).collect();
        let mut events = Events::with_capacity(2);
        let mut seen = Vec::new();
        while seen.len() < sources.len() {
            seen.extend(tokens(&poller, &mut events, LONG));
        }
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3, 4]);
    });
}

#[test]
fn a_listener_is_readable_when_a_connection_comes() {
    on_every_poller(|poller| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listener = poller
            .register(listener, 1, Interest::READABLE.exclusive())
            .unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert_eq!(tokens(&poller, &mut Events::with_capacity(4), LONG), [1]);
        listener.accept().unwrap();
    });
}

#[test]
fn a_poller_nests_in_another_where_it_has_a_descriptor() {
    on_every_poller(|poller| {
        let capabilities = poller.backend().capabilities();
        if !capabilities.contains(Capabilities::NATIVE_FD) {
            return assert_error(poller.native_fd(), "ENOTSUP");
        }
        let outer = Poller::new().unwrap();
        let inner = poller.native_fd().unwrap();
        let _inner = outer.register(inner, 1, Interest::READABLE).unwrap();
        let mut events = Events::with_capacity(4);
        assert_eq!(tokens(&outer, &mut events, NOW), []);
        let (a, mut b) = pair();
        let _a = poller.register(a, 2, Interest::READABLE).unwrap();
        b.write_all(b"x").unwrap();
        assert_eq!(tokens(&outer, &mut events, LONG), [1]);
        assert_eq!(tokens(&poller, &mut events, NOW), [2]);
    });
}

#[test]
fn a_backend_is_chosen_or_refused_but_never_replaced() {
    let available = Backend::available();
    assert!(available.contains(&Backend::Poll));
    for backend in [Backend::Epoll, Backend::Kqueue, Backend::Poll] {
        assert_eq!(backend.name().parse::<Backend>().unwrap(), backend);
        let built = Poller::builder().backend(backend).build();
        match built {
            Ok(poller) => assert_eq!(poller.backend(), backend),
            Err(_) => {
                assert!(!available.contains(&backend));
                assert_error(built, "ENOTSUP");
            }
        }
    }
    assert_error("select".parse::<Backend>(), "EINVAL");
    let edge = Poller::builder().require(Capabilities::EDGE | Capabilities::NATIVE_FD);
    assert_error(edge.backend(Backend::Poll).build(), "ENOTSUP");
    if let Ok(poller) = edge.build() {
        assert!(poller.backend().capabilities().contains(Capabilities::EDGE));
    }
}

#[test]
fn a_source_lends_its_descriptor() {
    let poller = Poller::new().unwrap();
    let (a, _b) = pair();
    let source = poller.register(a, 0, Interest::READABLE).unwrap();
    assert_eq!(source.as_fd().as_raw_fd(), source.get_ref().as_raw_fd());
    assert!(format!("{:?} {:?}", poller, source).contains("registered: 1"));
}
