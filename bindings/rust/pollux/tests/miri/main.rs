// SPDX-License-Identifier: MIT
//! What is unsafe in the crate, run by Miri over a library that is made of Rust, since Miri cannot
//! call C: who owns what the library has pointers to, which threads touch it, and what panics do.
//! `cargo +nightly miri test -p pollux --lib --test miri`; the other tests run over the library.
#![cfg(miri)]

mod fake;

use std::cell::{Cell, RefCell};
use std::io::{stdin, Stdin};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pollux::{Events, Interest, Io, Loop, Poller, Source, Timer, Work};

const NOW: Duration = Duration::ZERO;
const PERIOD: Option<Duration> = Some(Duration::from_millis(1));

fn panic_of<R>(call: impl FnOnce() -> R) -> &'static str {
    let payload = catch_unwind(AssertUnwindSafe(call)).err().unwrap();
    payload.downcast_ref::<&str>().unwrap()
}

struct PanicsOnDrop(&'static str);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        std::panic::panic_any(self.0);
    }
}

#[test]
fn a_closure_may_close_and_drop_its_own_handle() {
    let event_loop = Loop::new().unwrap();
    let place: Rc<RefCell<Option<Timer>>> = Rc::default();
    let (own, text) = (Rc::clone(&place), String::from("captured"));
    let timer = event_loop.timer(NOW, PERIOD, move |event_loop, timer| {
        let alias = timer.alias();
        drop(own.borrow_mut().take());
        assert!(!alias.is_open() && alias.close().is_err());
        event_loop.timer(NOW, None, |_, _| ()).unwrap().detach();
        assert_eq!(text, "captured");
    });
    *place.borrow_mut() = Some(timer.unwrap());
    assert!(!event_loop.run().unwrap());
}

#[test]
fn io_owns_its_source_and_can_close_others() {
    let event_loop = Loop::new().unwrap();
    let others: Rc<RefCell<Vec<Io<Stdin>>>> = Rc::default();
    let (reach, calls) = (Rc::clone(&others), Rc::new(Cell::new(0)));
    for _ in 0..3 {
        let (reach, calls) = (Rc::clone(&reach), Rc::clone(&calls));
        let io = event_loop.io(stdin(), Interest::READABLE, move |_, io, readiness| {
            assert!(readiness.is_readable());
            let _source: &Stdin = io.get_ref();
            calls.set(calls.get() + 1);
            reach.borrow_mut().clear();
        });
        others.borrow_mut().push(io.unwrap());
    }
    assert!(!event_loop.run().unwrap());
    assert_eq!(calls.get(), 1);
}

#[test]
fn handles_may_outlive_the_loop_and_closures_may_own_it() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let kept = event_loop.timer(NOW, PERIOD, |_, _| ()).unwrap();
    let place = Rc::new(Cell::new(Some(Rc::clone(&event_loop))));
    event_loop.post(move |_| drop(place.take())).unwrap();
    let again = event_loop.remote();
    event_loop.run_once().unwrap();
    drop(event_loop);
    assert!(!kept.is_open() && kept.stop().is_err() && again.post(|_| ()).is_err());
}

#[test]
fn panics_of_all_kinds_come_out_of_the_run() {
    let event_loop = Loop::new().unwrap();
    event_loop.post(|_| panic!("post")).unwrap();
    assert_eq!(panic_of(|| event_loop.run()), "post");
    event_loop.remote().post(|_| panic!("remote")).unwrap();
    assert_eq!(panic_of(|| event_loop.run()), "remote");
    let timer = event_loop.timer(NOW, None, |_, _| panic!("timer")).unwrap();
    assert_eq!(panic_of(|| event_loop.run()), "timer");
    drop(timer);
    let work = event_loop.work(|| panic!("work"), |_, _: std::io::Result<()>| ());
    assert_eq!(panic_of(|| event_loop.run()), "work");
    assert!(!work.unwrap().is_open());
    event_loop.set_trace(|_| panic!("trace")).unwrap();
    event_loop.post(|_| ()).unwrap();
    assert_eq!(panic_of(|| event_loop.run()), "trace");
    event_loop.clear_trace().unwrap();
    let captured = PanicsOnDrop("drop");
    let timer = event_loop.timer(NOW, None, move |_, timer| {
        let _captured = &captured;
        timer.close().unwrap();
    });
    timer.unwrap().detach();
    assert_eq!(panic_of(|| event_loop.run()), "drop");
}

#[test]
fn closures_that_panic_when_the_loop_is_dropped_are_all_dropped() {
    let event_loop = Loop::new().unwrap();
    for text in ["first", "second"] {
        let captured = PanicsOnDrop(text);
        let timer = event_loop.timer(NOW, None, move |_, _| {
            let _captured = &captured;
        });
        timer.unwrap().detach();
    }
    assert_eq!(panic_of(|| drop(event_loop)), "first");
}

#[test]
fn work_runs_beside_callbacks_and_gives_its_result() {
    let event_loop = Loop::new().unwrap();
    let sum = Rc::new(Cell::new(0));
    let place: Rc<RefCell<Vec<Work>>> = Rc::default();
    let own = Rc::clone(&place);
    let forget = move |_: &Loop, _: &Timer| own.borrow_mut().clear();
    event_loop.timer(NOW, None, forget).unwrap().detach();
    for number in 1..4 {
        let total = Rc::clone(&sum);
        let text = number.to_string();
        let work = event_loop.work(
            move || text.parse::<u32>().unwrap(),
            move |_, result| total.set(total.get() + result.unwrap()),
        );
        place.borrow_mut().push(work.unwrap());
    }
    assert!(!event_loop.run().unwrap());
    assert_eq!(sum.get(), 6);
}

#[test]
fn work_is_cancelled_or_left_to_the_end_of_the_loop() {
    let event_loop = Loop::new().unwrap();
    let alive = Arc::new(());
    let captured = Arc::clone(&alive);
    let outcome = Rc::new(Cell::new(None));
    let seen = Rc::clone(&outcome);
    let done = move |_: &Loop, result: std::io::Result<()>| seen.set(result.err());
    let work = event_loop.work(move || drop(captured), done).unwrap();
    work.close().unwrap();
    assert_eq!(outcome.take().unwrap().raw_os_error(), Some(125));
    assert_eq!(Arc::strong_count(&alive), 1);
    let captured = Arc::clone(&alive);
    event_loop
        .work(move || captured, |_, _| ())
        .unwrap()
        .detach();
    drop(event_loop);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn other_threads_post_while_the_loop_runs_and_after_it() {
    let event_loop = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let ticks = Rc::clone(&calls);
    let remotes = [event_loop.remote(), event_loop.remote()];
    let _timer = event_loop.timer(NOW, PERIOD, move |_, _| ticks.set(ticks.get() + 1));
    let threads = remotes.map(|remote| {
        thread::spawn(move || {
            let text = String::from("moved");
            remote.post(move |_| assert_eq!(text, "moved")).unwrap();
            remote.post(|event_loop| event_loop.stop()).unwrap();
            while remote.post(|_| ()).is_ok() {
                thread::yield_now();
            }
        })
    });
    event_loop.run().unwrap();
    drop(event_loop);
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(calls.get() > 0);
}

#[test]
fn a_source_ends_its_registration_once_and_events_are_read() {
    let poller = Poller::new().unwrap();
    let waker = poller.waker();
    let mut events = Events::with_capacity(3);
    let source: Source<Stdin> = poller.register(stdin(), 9, Interest::READABLE).unwrap();
    poller.wait(&mut events, None).unwrap();
    assert_eq!(
        events.iter().map(|event| event.token()).collect::<Vec<_>>(),
        [9]
    );
    let other = poller.register(stdin(), 8, Interest::READABLE).unwrap();
    let _stdin: Stdin = source.into_inner();
    assert_eq!(poller.registered(), 1);
    thread::spawn(move || drop(other)).join().unwrap();
    assert_eq!(poller.registered(), 0);
    drop(poller);
    waker.wake().unwrap();
}
