// SPDX-License-Identifier: MIT
//! What the loop runs, over every backend.

mod common;

use std::cell::RefCell;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::Ipv4Addr;
use std::os::raw::c_int;
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use common::{assert_error, child, count, counter, ms, on_every_loop, pair};
use pollux::{AddressFamily, Capabilities, Interest, Kind, Loop};

#[test]
fn a_descriptor_calls_its_closure_with_what_is_ready() {
    on_every_loop(|event_loop| {
        let (a, mut b) = pair();
        b.write_all(b"ping").unwrap();
        let mut buffer = [0; 16];
        let io = event_loop.io(a, Interest::READABLE, move |event_loop, io, readiness| {
            assert!(readiness.is_readable());
            assert_eq!(io.get_ref().read(&mut buffer).unwrap(), 4);
            io.get_ref().write_all(&buffer[..4]).unwrap();
            event_loop.stop();
        });
        let io = io.unwrap();
        assert!(event_loop.run().unwrap());
        let mut answer = [0; 4];
        b.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"ping");
        assert!(io.is_open());
    });
}

#[test]
fn a_changed_interest_holds_from_the_next_wait_on() {
    on_every_loop(|event_loop| {
        let (a, _b) = pair();
        let calls = counter();
        let seen = Rc::clone(&calls);
        let io = event_loop.io(a, Interest::NONE, move |_, io, readiness| {
            assert!(readiness.is_writable());
            count(&seen);
            io.set(Interest::NONE).unwrap();
        });
        let io = io.unwrap();
        event_loop.run_nowait().unwrap();
        assert_eq!(calls.get(), 0);
        io.set(Interest::WRITABLE).unwrap();
        event_loop.run_once().unwrap();
        event_loop.run_nowait().unwrap();
        assert_eq!(calls.get(), 1);
    });
}

#[test]
fn timers_run_by_deadline_and_a_fired_one_can_be_set_again() {
    on_every_loop(|event_loop| {
        let order = Rc::new(RefCell::new(Vec::new()));
        let (first, second) = (Rc::clone(&order), Rc::clone(&order));
        let late = event_loop.timer(ms(4), None, move |_, _| first.borrow_mut().push("late"));
        let early = event_loop.timer(ms(1), None, move |_, timer| {
            second.borrow_mut().push("early");
            if second.borrow().len() == 1 {
                timer.set(ms(6), None).unwrap();
            }
        });
        let start = Instant::now();
        assert!(!event_loop.run().unwrap());
        assert!(start.elapsed() >= ms(6));
        assert_eq!(*order.borrow(), ["early", "late", "early"]);
        assert!(late.unwrap().is_open() && early.unwrap().is_open());
    });
}

#[test]
fn a_periodic_timer_runs_until_it_is_stopped() {
    on_every_loop(|event_loop| {
        let calls = counter();
        let seen = Rc::clone(&calls);
        let timer = event_loop.timer(Duration::ZERO, Some(ms(1)), move |_, timer| {
            if count(&seen) == 3 {
                timer.stop().unwrap();
            }
        });
        let timer = timer.unwrap();
        event_loop.run().unwrap();
        assert_eq!(calls.get(), 3);
        assert_error(timer.set(ms(1), Some(Duration::ZERO)), "EINVAL");
        assert_eq!(event_loop.stats().unwrap().active_timers, 0);
    });
}

extern "C" {
    fn raise(number: c_int) -> c_int;
}

#[test]
fn a_signal_calls_every_closure_that_watches_it() {
    const SIGWINCH: c_int = 28;
    on_every_loop(|event_loop| {
        let calls = counter();
        let watch = || {
            let seen = Rc::clone(&calls);
            event_loop.signal(SIGWINCH, move |_, signal, number| {
                assert_eq!(number, SIGWINCH);
                count(&seen);
                signal.close().unwrap();
            })
        };
        let (_one, _two) = (watch().unwrap(), watch().unwrap());
        // SAFETY: the signal is caught.
        unsafe { raise(SIGWINCH) };
        event_loop.run().unwrap();
        assert_eq!(calls.get(), 2);
        assert_error(event_loop.signal(9, |_, _, _| ()), "EINVAL");
    });
}

#[test]
fn a_child_is_waited_for_and_its_status_is_told() {
    on_every_loop(|event_loop| {
        let mut child = child("exit 7");
        let calls = counter();
        let seen = Rc::clone(&calls);
        let watch = event_loop.child(child.id(), move |_, status| {
            assert_eq!(status.code(), Some(7));
            count(&seen);
        });
        let watch = watch.unwrap();
        assert_error(event_loop.child(child.id(), |_, _| ()), "EEXIST");
        assert!(!event_loop.run().unwrap());
        assert_eq!(calls.get(), 1);
        assert!(!watch.is_open());
        assert_error(watch.close(), "ENOENT");
        assert_error(event_loop.child(child.id(), |_, _| ()), "ECHILD");
        assert_error(child.wait(), "ECHILD");
    });
}

#[test]
fn work_runs_in_another_thread_and_its_result_comes_back() {
    on_every_loop(|event_loop| {
        let here = thread::current().id();
        let calls = counter();
        for number in 0..20 {
            let seen = Rc::clone(&calls);
            let square = move || (thread::current().id(), number * number);
            let work = event_loop.work(square, move |_, result| {
                let (thread, square) = result.unwrap();
                assert_ne!(thread, here);
                assert_eq!(square, number * number);
                count(&seen);
            });
            work.unwrap().detach();
        }
        assert!(!event_loop.run().unwrap());
        assert_eq!(calls.get(), 20);
        let stats = event_loop.stats().unwrap();
        assert!(stats.work_done == 20 && stats.work_threads <= 4);
    });
}

#[test]
fn posts_of_one_thread_run_in_their_order_in_the_loop_s_thread() {
    on_every_loop(|event_loop| {
        let here = thread::current().id();
        let remote = event_loop.remote();
        let keeps_running = event_loop.timer(ms(60_000), None, |_, _| panic!("too late"));
        let sender = thread::spawn(move || {
            let (send, receive) = std::sync::mpsc::channel();
            for number in 0..100 {
                let send = send.clone();
                let post = move |event_loop: &Loop| {
                    assert_eq!(thread::current().id(), here);
                    send.send(number).unwrap();
                    if number == 99 {
                        event_loop.stop();
                    }
                };
                remote.post(post).unwrap();
            }
            drop(send);
            receive.iter().collect::<Vec<_>>()
        });
        event_loop.run().unwrap();
        assert_eq!(sender.join().unwrap(), (0..100).collect::<Vec<_>>());
        assert_eq!(event_loop.stats().unwrap().posts, 100);
        drop(keeps_running);
    });
}

#[test]
fn a_local_post_runs_in_the_next_iteration_and_need_not_be_send() {
    on_every_loop(|event_loop| {
        let calls = counter();
        let seen = Rc::clone(&calls);
        let again = Rc::clone(&calls);
        let first = move |event_loop: &Loop| {
            count(&seen);
            let second = move |_: &Loop| assert_eq!(count(&again), 2);
            event_loop.post(second).unwrap();
            assert_eq!(seen.get(), 1);
        };
        event_loop.post(first).unwrap();
        event_loop.run_once().unwrap();
        assert_eq!(calls.get(), 1);
        assert!(!event_loop.run().unwrap());
        assert_eq!(calls.get(), 2);
    });
}

#[test]
fn numeric_addresses_resolve_and_nonsense_does_not() {
    on_every_loop(|event_loop| {
        let calls = counter();
        let (one, two) = (Rc::clone(&calls), Rc::clone(&calls));
        let numeric = event_loop.resolve(
            "127.0.0.1",
            Some("80"),
            AddressFamily::Ipv4,
            move |_, found| {
                assert_eq!(found.unwrap(), [(Ipv4Addr::LOCALHOST, 80).into()]);
                count(&one);
            },
        );
        numeric.unwrap().detach();
        let wrong = event_loop.resolve("127.0.0.1", None, AddressFamily::Ipv6, move |_, found| {
            assert_error(found, "ENOENT");
            count(&two);
        });
        wrong.unwrap().detach();
        let nul = event_loop.resolve("a\0b", None, AddressFamily::Any, |_, _| ());
        assert_error(nul, "EINVAL");
        event_loop.run().unwrap();
        assert_eq!(calls.get(), 2);
    });
}

#[test]
fn files_are_written_and_read_with_buffers_that_come_back() {
    on_every_loop(|event_loop| {
        let name = format!("pollux-{}-{}", std::process::id(), event_loop.backend());
        let path = env::temp_dir().join(name);
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        let text = b"over and over".repeat(1000);
        let expected = text.clone();
        let calls = counter();
        let seen = Rc::clone(&calls);
        let read = move |event_loop: &Loop, file: File, expected: Vec<u8>| {
            let buffer = vec![0; expected.len() + 10];
            let reading = event_loop.read_file(file, buffer, 3, move |_, result, _, buffer| {
                let count_read = result.unwrap();
                assert_eq!(&buffer[..count_read], &expected[..]);
                count(&seen);
            });
            reading.unwrap().detach();
        };
        let writing =
            event_loop.write_file(file, text, 3, move |event_loop, result, file, text| {
                assert_eq!((result.unwrap(), text.len()), (13_000, 13_000));
                read(event_loop, file, expected);
            });
        writing.unwrap().detach();
        event_loop.run().unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(calls.get(), 1);
    });
}

#[test]
fn an_error_of_a_file_comes_to_the_closure_with_the_buffer() {
    on_every_loop(|event_loop| {
        let calls = counter();
        let seen = Rc::clone(&calls);
        let directory = File::open("/").unwrap();
        let done = move |_: &Loop, result, _: File, buffer: Vec<u8>| {
            assert_error(result, "EISDIR");
            assert_eq!(buffer, [5; 3]);
            count(&seen);
        };
        let reading = event_loop.read_file(directory, vec![5; 3], 0, done);
        reading.unwrap().detach();
        event_loop.run().unwrap();
        assert_eq!(calls.get(), 1);
        let directory = File::open("/").unwrap();
        let beyond = event_loop.read_file(directory, vec![], u64::MAX, |_, _, _, _| ());
        assert_error(beyond, "EINVAL");
    });
}

#[test]
fn what_does_not_keep_the_loop_alive_lets_it_end() {
    on_every_loop(|event_loop| {
        let timer = event_loop.timer(ms(60_000), None, |_, _| panic!("too late"));
        let timer = timer.unwrap();
        timer.keep_alive(false).unwrap();
        assert!(!event_loop.run().unwrap());
        timer.keep_alive(true).unwrap();
        assert!(event_loop.run_nowait().unwrap());
    });
}

#[test]
fn a_stop_from_another_thread_ends_the_run() {
    on_every_loop(|event_loop| {
        let _timer = event_loop.timer(ms(60_000), None, |_, _| panic!("too late"));
        let remote = event_loop.remote();
        let thread = thread::spawn(move || remote.stop().unwrap());
        assert!(event_loop.run().unwrap());
        thread.join().unwrap();
    });
}

#[test]
fn a_trace_shows_each_callback_until_it_is_cleared() {
    on_every_loop(|event_loop| {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let record = Rc::clone(&seen);
        let trace = move |event: &pollux::TraceEvent| {
            record.borrow_mut().push((event.kind, event.name));
        };
        event_loop.set_trace(trace).unwrap();
        event_loop.post(|_| ()).unwrap();
        event_loop
            .timer(Duration::ZERO, None, |_, _| ())
            .unwrap()
            .detach();
        event_loop.run().unwrap();
        let expected = [(Some(Kind::Timer), "timer"), (Some(Kind::Post), "post")];
        assert_eq!(*seen.borrow(), expected);
        assert!(event_loop.stats().unwrap().slowest_callback.is_some());
        event_loop.clear_trace().unwrap();
        assert_eq!(Rc::strong_count(&seen), 1);
        event_loop.post(|_| ()).unwrap();
        event_loop.run().unwrap();
        assert_eq!(seen.borrow().len(), 2);
    });
}

#[test]
fn a_loop_can_be_embedded_in_another_where_it_has_a_descriptor() {
    on_every_loop(|event_loop| {
        let (a, _b) = pair();
        let _io = event_loop.io(a, Interest::READABLE, |_, _, _| ()).unwrap();
        assert_eq!(event_loop.next_deadline().unwrap(), None);
        let timer = event_loop.timer(ms(500), None, |_, _| ()).unwrap();
        assert_eq!(
            event_loop.next_deadline().unwrap(),
            Some(event_loop.now() + ms(500))
        );
        drop(timer);
        assert!(event_loop.update_now().unwrap() >= event_loop.now());
        let capabilities = event_loop.backend().capabilities();
        if !capabilities.contains(Capabilities::NATIVE_FD) {
            return assert_error(event_loop.native_fd(), "ENOTSUP");
        }
        let poller = pollux::Poller::new().unwrap();
        let fd = event_loop.native_fd().unwrap();
        let _nested = poller.register(fd, 1, Interest::READABLE).unwrap();
        event_loop.remote().post(|_| ()).unwrap();
        let mut events = pollux::Events::with_capacity(4);
        assert_eq!(common::tokens(&poller, &mut events, common::LONG), [1]);
    });
}

#[test]
fn limits_are_checked_and_errors_told() {
    let too_many = Loop::builder().work_threads(5000).build();
    assert_error(too_many, "EINVAL");
    assert_error(Loop::builder().events_per_wait(1 << 20).build(), "EINVAL");
    let measured = Loop::builder()
        .time_callbacks()
        .work_threads(1)
        .events_per_wait(1);
    let event_loop = measured.build().unwrap();
    event_loop.post(|_| ()).unwrap();
    event_loop.run().unwrap();
    let slowest = event_loop.stats().unwrap().slowest_callback;
    assert_eq!(slowest.unwrap().0, Kind::Post);
    let directory = File::open("/").unwrap();
    let refused = event_loop.io(directory, Interest::READABLE, |_, _, _| ());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::PermissionDenied);
}
