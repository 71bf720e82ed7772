// SPDX-License-Identifier: MIT
//! Handles that are closed early, late, twice or from within, over every backend.

mod common;

use std::cell::RefCell;
use std::io::{self, Write};
use std::os::unix::io::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use common::{alive, assert_error, child, clones, count, counter, ms, on_every_loop, pair, Shared};
use pollux::{Interest, Io, Loop, Timer};

#[test]
fn a_closed_handle_answers_not_found_to_everything() {
    on_every_loop(|event_loop| {
        let (a, _b) = pair();
        let io = event_loop.io(a, Interest::READABLE, |_, _, _| ()).unwrap();
        let timer = event_loop.timer(ms(1), None, |_, _| ()).unwrap();
        io.close().unwrap();
        timer.close().unwrap();
        for result in [io.close(), io.set(Interest::NONE), io.keep_alive(true)] {
            assert_error(result, "ENOENT");
        }
        let period = Some(ms(1));
        for result in [timer.close(), timer.set(ms(1), period), timer.stop()] {
            assert_error(result, "ENOENT");
        }
        assert!(!io.is_open() && !timer.is_open());
        assert!(!event_loop.run().unwrap());
    });
}

#[test]
fn handles_that_outlive_their_loop_answer_not_found() {
    on_every_loop(|event_loop| {
        let (a, _b) = pair();
        let io = event_loop.io(a, Interest::READABLE, |_, _, _| ()).unwrap();
        let timer = event_loop.timer(ms(1), None, |_, _| ()).unwrap();
        let signal = event_loop.signal(28, |_, _, _| ()).unwrap();
        let remote = event_loop.remote();
        drop(event_loop);
        assert_error(io.set(Interest::NONE), "ENOENT");
        assert_error(io.close(), "ENOENT");
        assert_error(timer.set(ms(1), None), "ENOENT");
        assert_error(signal.keep_alive(false), "ENOENT");
        assert_error(remote.post(|_| ()), "ENOENT");
        assert_error(remote.stop(), "ENOENT");
        assert!(io.get_ref().peer_addr().is_ok());
    });
}

#[test]
fn closures_are_dropped_with_their_handle_or_their_loop() {
    on_every_loop(|event_loop| {
        let alive = alive();
        let start = |event_loop: &Loop| {
            let captured = Rc::clone(&alive);
            event_loop.timer(ms(60_000), None, move |_, _| drop(Rc::clone(&captured)))
        };
        drop(start(&event_loop).unwrap());
        assert_eq!(clones(&alive), 0);
        start(&event_loop).unwrap().detach();
        let kept = start(&event_loop).unwrap();
        let captured = Rc::clone(&alive);
        event_loop.post(move |_| drop(captured)).unwrap();
        assert_eq!(clones(&alive), 3);
        drop(event_loop);
        assert_eq!(clones(&alive), 0);
        assert!(!kept.is_open());
    });
}

#[test]
fn posts_that_never_ran_are_dropped_with_the_loop() {
    on_every_loop(|event_loop| {
        let alive = Arc::new(());
        let remote = event_loop.remote();
        let captured = Arc::clone(&alive);
        remote.post(move |_| drop(captured)).unwrap();
        drop(event_loop);
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn a_refused_start_leaves_nothing_behind() {
    on_every_loop(|event_loop| {
        let alive = alive();
        let captured = Rc::clone(&alive);
        let callback = move |_: &Loop, _: &Io<_>, _| drop(Rc::clone(&captured));
        let (a, _b) = pair();
        let a = Shared(Arc::new(a));
        let first = event_loop.io(a.clone(), Interest::READABLE, |_, _, _| ());
        let second = event_loop.io(a.clone(), Interest::READABLE, callback);
        assert_error(second, "EEXIST");
        assert_eq!((clones(&alive), Arc::strong_count(&a.0)), (0, 2));
        drop(first);
        assert_eq!(Arc::strong_count(&a.0), 1);
    });
}

#[test]
fn a_closure_that_closes_itself_lives_until_it_has_returned() {
    on_every_loop(|event_loop| {
        let alive = alive();
        let captured = Rc::clone(&alive);
        let watched = Rc::clone(&alive);
        let timer = event_loop.timer(Duration::ZERO, Some(ms(1)), move |_, timer| {
            timer.close().unwrap();
            assert_error(timer.close(), "ENOENT");
            assert_error(timer.set(ms(1), None), "ENOENT");
            assert_eq!(Rc::strong_count(&captured), 3);
        });
        timer.unwrap().detach();
        drop(watched);
        let other = Rc::clone(&alive);
        event_loop.run().unwrap();
        drop(other);
        assert_eq!(clones(&alive), 0);
    });
}

#[test]
fn a_closure_may_drop_its_own_handle_and_descriptor() {
    on_every_loop(|event_loop| {
        let (a, mut b) = pair();
        let place: Rc<RefCell<Option<Io<UnixStream>>>> = Rc::default();
        let own = Rc::clone(&place);
        let calls = counter();
        let seen = Rc::clone(&calls);
        let io = event_loop.io(a, Interest::READABLE, move |_, io, _| {
            count(&seen);
            drop(own.borrow_mut().take());
            assert!(!io.is_open());
            assert!(io.get_ref().peer_addr().is_ok());
        });
        *place.borrow_mut() = Some(io.unwrap());
        b.write_all(b"x").unwrap();
        assert!(!event_loop.run().unwrap());
        assert_eq!(calls.get(), 1);
        assert_eq!(b.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn what_a_closure_closes_does_not_run_though_its_event_is_there() {
    on_every_loop(|event_loop| {
        let places: [Rc<RefCell<Vec<Io<UnixStream>>>>; 2] = Default::default();
        let calls = counter();
        let mut peers = Vec::new();
        for (own, other) in [(0, 1), (1, 0)] {
            let (a, mut b) = pair();
            b.write_all(b"x").unwrap();
            peers.push(b);
            let (seen, other) = (Rc::clone(&calls), Rc::clone(&places[other]));
            let io = event_loop.io(a, Interest::READABLE, move |event_loop, _, _| {
                count(&seen);
                other.borrow_mut().clear();
                event_loop.stop();
            });
            places[own].borrow_mut().push(io.unwrap());
        }
        event_loop.run().unwrap();
        assert_eq!(calls.get(), 1);
    });
}

#[test]
fn closures_that_own_each_other_s_handles_go_with_the_loop() {
    on_every_loop(|event_loop| {
        let alive = alive();
        let places: [Rc<RefCell<Option<Timer>>>; 2] = Default::default();
        for (own, other) in [(0, 1), (1, 0)] {
            let (captured, other) = (Rc::clone(&alive), Rc::clone(&places[other]));
            let timer = event_loop.timer(ms(60_000), None, move |_, _| {
                drop((Rc::clone(&captured), other.take()));
            });
            *places[own].borrow_mut() = Some(timer.unwrap());
        }
        drop(places);
        drop(event_loop);
        assert_eq!(clones(&alive), 0);
    });
}

#[test]
fn a_detached_timer_that_has_fired_is_closed() {
    on_every_loop(|event_loop| {
        let alive = alive();
        let captured = Rc::clone(&alive);
        let calls = counter();
        let seen = Rc::clone(&calls);
        let timer = event_loop.timer(Duration::ZERO, None, move |_, timer| {
            let _captured = &captured;
            if count(&seen) == 1 {
                timer.set(ms(1), None).unwrap();
            }
        });
        timer.unwrap().detach();
        event_loop.run().unwrap();
        assert_eq!((calls.get(), clones(&alive)), (2, 0));
        assert_eq!(event_loop.stats().unwrap().timer_handles, 0);
    });
}

#[test]
fn an_alias_does_not_close_but_can() {
    on_every_loop(|event_loop| {
        let timer = event_loop.timer(ms(60_000), None, |_, _| ()).unwrap();
        drop(timer.alias());
        assert!(timer.is_open());
        timer.alias().close().unwrap();
        assert!(!timer.is_open());
    });
}

#[test]
fn a_loop_cannot_be_run_within_itself() {
    on_every_loop(|event_loop| {
        let refused = |event_loop: &Loop| {
            assert_error(event_loop.run(), "EBUSY");
            assert_error(event_loop.run_nowait(), "EBUSY");
        };
        event_loop.post(refused).unwrap();
        assert!(!event_loop.run().unwrap());
    });
}

#[test]
fn what_uses_the_loop_within_a_trace_is_refused() {
    on_every_loop(|event_loop| {
        let event_loop = Rc::new(event_loop);
        let again = Rc::downgrade(&event_loop);
        let timer = event_loop.timer(ms(60_000), None, |_, _| ()).unwrap();
        let own = timer.alias();
        let calls = counter();
        let seen = Rc::clone(&calls);
        let trace = move |_: &pollux::TraceEvent| {
            count(&seen);
            let event_loop = again.upgrade().unwrap();
            assert_error(own.close(), "EBUSY");
            assert_error(event_loop.post(|_| ()), "EBUSY");
            assert_error(event_loop.run(), "EBUSY");
            assert_error(event_loop.clear_trace(), "EBUSY");
        };
        event_loop.set_trace(trace).unwrap();
        event_loop.post(|_| ()).unwrap();
        event_loop.run_nowait().unwrap();
        assert_eq!(calls.get(), 1);
        assert!(timer.is_open());
    });
}

#[test]
fn a_child_whose_watch_is_dropped_is_not_reaped() {
    on_every_loop(|event_loop| {
        let mut child = child("true");
        drop(
            event_loop
                .child(child.id(), |_, _| panic!("it was given up"))
                .unwrap(),
        );
        assert!(!event_loop.run().unwrap());
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn a_source_of_one_s_own_may_use_the_loop_when_it_is_dropped() {
    struct Nosy(UnixStream, Rc<RefCell<Option<Timer>>>);
    impl AsFd for Nosy {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
    impl Drop for Nosy {
        fn drop(&mut self) {
            drop(self.1.take());
        }
    }
    on_every_loop(|event_loop| {
        let timer = event_loop.timer(ms(60_000), None, |_, _| ()).unwrap();
        let nosy = Nosy(pair().0, Rc::new(RefCell::new(Some(timer))));
        let io = event_loop.io(nosy, Interest::READABLE, |_, io, _| drop(io.close()));
        io.unwrap().detach();
        // Its peer is gone, so that it is readable.
        assert!(!event_loop.run().unwrap());
        assert_eq!(event_loop.stats().unwrap().timer_handles, 0);
    });
}
