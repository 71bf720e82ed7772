// SPDX-License-Identifier: MIT
//! The poller used from several threads at once, and by signals.

mod common;

use std::io::{ErrorKind, Read, Write};
use std::os::raw::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc};
use std::thread;

use common::{assert_error, on_every_poller, pair, tokens, LONG, NOW};
use pollux::{Event, Events, Interest, Poller, Source, Waker};

#[test]
fn everything_that_threads_share_may_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<Poller>();
    shared::<Waker>();
    shared::<Source<std::net::TcpStream>>();
    sent::<Events>();
    sent::<Event>();
}

#[test]
fn a_wake_from_another_thread_ends_a_wait() {
    on_every_poller(|poller| {
        let waker = poller.waker();
        let thread = thread::spawn(move || waker.clone().wake().unwrap());
        let mut events = Events::with_capacity(4);
        poller.wait(&mut events, None).unwrap();
        assert!(events.woken() && events.is_empty() && !events.timed_out());
        thread.join().unwrap();
        assert_eq!(tokens(&poller, &mut events, NOW), []);
        assert!(!events.woken());
    });
}

#[test]
fn a_waker_and_a_source_may_outlive_the_poller() {
    on_every_poller(|poller| {
        let (a, _b) = pair();
        let source = poller.register(a, 1, Interest::READABLE).unwrap();
        let waker = poller.waker();
        drop(poller);
        waker.wake().unwrap();
        source.modify(2, Interest::WRITABLE).unwrap();
    });
}

#[test]
fn changes_from_other_threads_reach_a_wait_in_progress() {
    on_every_poller(|poller| {
        let poller = Arc::new(poller);
        let (a, mut b) = pair();
        b.write_all(b"x").unwrap();
        let there = Arc::clone(&poller);
        let (send, receive) = mpsc::channel();
        let thread = thread::spawn(move || {
            let source = there.register(a, 3, Interest::NONE).unwrap();
            source.modify(4, Interest::READABLE).unwrap();
            send.send(source).unwrap();
        });
        let mut events = Events::with_capacity(4);
        assert_eq!(tokens(&poller, &mut events, LONG), [4]);
        thread.join().unwrap();
        let source = receive.recv().unwrap();
        thread::spawn(move || drop(source)).join().unwrap();
        assert_eq!(tokens(&poller, &mut events, NOW), []);
        assert_eq!(poller.registered(), 0);
    });
}

#[test]
fn of_several_waiters_exactly_one_gets_a_one_shot() {
    on_every_poller(|poller| {
        let poller = Arc::new(poller);
        let (a, mut b) = pair();
        let source = poller.register(a, 1, Interest::READABLE.oneshot()).unwrap();
        let got = Arc::new(AtomicUsize::new(0));
        let (tell, told) = mpsc::channel();
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let (poller, got, tell) = (Arc::clone(&poller), Arc::clone(&got), tell.clone());
                thread::spawn(move || {
                    let mut events = Events::with_capacity(4);
                    loop {
                        poller.wait(&mut events, None).unwrap();
                        got.fetch_add(events.len(), Ordering::SeqCst);
                        if !events.is_empty() {
                            tell.send(()).unwrap();
                        }
                        if events.woken() {
                            // One wake ends one wait: it is handed on.
                            return poller.waker().wake().unwrap();
                        }
                    }
                })
            })
            .collect();
        for round in 1..=50 {
            b.write_all(b"x").unwrap();
            told.recv().unwrap();
            assert_eq!(got.load(Ordering::SeqCst), round);
            (&*source).read_exact(&mut [0]).unwrap();
            source.modify(1, Interest::READABLE.oneshot()).unwrap();
        }
        poller.waker().wake().unwrap();
        waiters
            .into_iter()
            .for_each(|waiter| waiter.join().unwrap());
        assert_eq!(got.load(Ordering::SeqCst), 50);
    });
}

#[test]
fn threads_may_register_change_and_drop_while_another_waits() {
    on_every_poller(|poller| {
        let poller = Arc::new(poller);
        let threads: Vec<_> = (0..3)
            .map(|token| {
                let poller = Arc::clone(&poller);
                thread::spawn(move || {
                    for _ in 0..200 {
                        let (a, mut b) = pair();
                        let source = poller.register(a, token, Interest::NONE).unwrap();
                        b.write_all(b"x").unwrap();
                        source.modify(token, Interest::READABLE).unwrap();
                        drop(source);
                    }
                    poller.waker().wake().unwrap();
                })
            })
            .collect();
        let mut events = Events::with_capacity(4);
        while !threads.iter().all(|thread| thread.is_finished()) {
            poller.wait(&mut events, Some(common::ms(10))).unwrap();
            assert!(events.iter().all(|event| event.token() < 3));
        }
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(poller.registered(), 0);
    });
}

extern "C" {
    fn signal(number: c_int, handler: usize) -> usize;
    fn pthread_self() -> usize;
    fn pthread_kill(thread: usize, number: c_int) -> c_int;
}

extern "C" fn do_nothing(_: c_int) {}

#[test]
fn a_signal_is_an_error_of_the_kind_interrupted() {
    const SIGWINCH: c_int = 28;
    // SAFETY: the handler does nothing.
    unsafe { signal(SIGWINCH, do_nothing as extern "C" fn(c_int) as usize) };
    on_every_poller(|poller| {
        // SAFETY: it takes nothing.
        let waiter = unsafe { pthread_self() };
        let (done, is_done) = mpsc::channel::<()>();
        // Again and again: the first may come before the wait begins.
        let sender = thread::spawn(move || {
            while let Err(mpsc::RecvTimeoutError::Timeout) = is_done.recv_timeout(common::ms(5)) {
                // SAFETY: the waiter lives, as it joins this thread.
                unsafe { pthread_kill(waiter, SIGWINCH) };
            }
        });
        let mut events = Events::with_capacity(4);
        let error = poller.wait(&mut events, LONG).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(events.timed_out());
        drop(done);
        sender.join().unwrap();
    });
}

#[test]
fn an_error_without_a_number_has_no_name() {
    assert_error::<()>(Err(ErrorKind::Other.into()), "UNKNOWN");
}
