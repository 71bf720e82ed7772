// SPDX-License-Identifier: MIT
//! Work that is cancelled, running or left behind, over every backend.

mod common;

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::{mpsc, Arc};

use common::{assert_error, on_every_loop};
use pollux::{Loop, Work};

/// A loop whose only thread is busy until the answer is used.
fn with_busy_pool(event_loop: Loop) -> (Loop, mpsc::Sender<()>, Work) {
    let backend = event_loop.backend();
    let event_loop = Loop::builder()
        .backend(backend)
        .work_threads(1)
        .build()
        .unwrap();
    let (release, is_released) = mpsc::channel();
    let (begun, has_begun) = mpsc::channel();
    let work = event_loop.work(
        move || {
            begun.send(()).unwrap();
            is_released.recv().is_ok()
        },
        |_, _| (),
    );
    has_begun.recv().unwrap();
    (event_loop, release, work.unwrap())
}

#[test]
fn work_that_has_not_begun_is_cancelled_and_running_work_is_not() {
    on_every_loop(|event_loop| {
        let (event_loop, release, running) = with_busy_pool(event_loop);
        let outcome = Rc::new(RefCell::new(Vec::new()));
        let start = || {
            let seen = Rc::clone(&outcome);
            let never = || unreachable!("it was cancelled");
            event_loop.work(never, move |_, result: io::Result<()>| {
                seen.borrow_mut()
                    .push(pollux::error_name(&result.unwrap_err()));
            })
        };
        let closed = start().unwrap();
        closed.close().unwrap();
        drop(start().unwrap());
        assert_eq!(*outcome.borrow(), ["ECANCELED", "ECANCELED"]);
        assert_error(closed.close(), "ENOENT");
        assert_error(running.close(), "EBUSY");
        assert!(running.is_open());
        release.send(()).unwrap();
        assert!(!event_loop.run().unwrap());
        assert_eq!(event_loop.stats().unwrap().work_done, 3);
    });
}

#[test]
fn cancelled_work_is_dropped_though_its_handle_is_held() {
    on_every_loop(|event_loop| {
        let (event_loop, release, running) = with_busy_pool(event_loop);
        let alive = Arc::new(());
        let captured = Arc::clone(&alive);
        let work = event_loop.work(move || drop(captured), |_, _| ()).unwrap();
        work.close().unwrap();
        assert_eq!(Arc::strong_count(&alive), 1);
        drop((release, running));
    });
}

#[test]
fn a_callback_of_cancelled_work_may_drop_the_loop() {
    on_every_loop(|event_loop| {
        let (event_loop, release, running) = with_busy_pool(event_loop);
        let place = Rc::new(Cell::new(None));
        let own = Rc::clone(&place);
        let done = move |_: &Loop, _: io::Result<()>| {
            release.send(()).unwrap();
            drop(own.take());
        };
        let work = event_loop.work(|| (), done).unwrap();
        place.set(Some(event_loop));
        work.close().unwrap();
        assert!(!running.is_open());
        assert_error(running.close(), "ENOENT");
    });
}

#[test]
fn a_dropped_loop_waits_for_running_work_and_drops_all_results() {
    on_every_loop(|event_loop| {
        let (event_loop, release, running) = with_busy_pool(event_loop);
        running.detach();
        let alive = Arc::new(());
        let (inside, result) = (Arc::clone(&alive), Arc::clone(&alive));
        let queued = event_loop.work(move || drop(inside), move |_, _| drop(result));
        queued.unwrap().detach();
        release.send(()).unwrap();
        drop(event_loop);
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}
