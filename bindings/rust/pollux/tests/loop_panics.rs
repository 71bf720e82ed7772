// SPDX-License-Identifier: MIT
//! Panics do not go through C, over every backend.

mod common;

use std::io::Write;
use std::os::raw::c_int;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;
use std::time::Duration;

use common::{alive, child, clones, count, counter, ms, on_every_loop, pair};
use pollux::{AddressFamily, Interest, Loop};

/// Runs the loop and expects the panic `text`; the loop can be run again then.
#[track_caller]
fn assert_panics(event_loop: &Loop, text: &str) {
    let run = AssertUnwindSafe(|| event_loop.run());
    let payload = catch_unwind(run).expect_err("a panic was expected");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&text));
    event_loop.run_nowait().unwrap();
}

#[test]
fn a_panic_of_a_timer_stops_the_loop_and_comes_out_of_the_run() {
    on_every_loop(|event_loop| {
        let _long = event_loop.timer(ms(60_000), None, |_, _| ()).unwrap();
        let timer = event_loop.timer(Duration::ZERO, None, |_, _| panic!("timer"));
        timer.unwrap().detach();
        assert_panics(&event_loop, "timer");
    });
}

#[test]
fn a_panic_of_io_comes_out_of_the_run() {
    on_every_loop(|event_loop| {
        let (a, mut b) = pair();
        b.write_all(b"x").unwrap();
        let io = event_loop.io(a, Interest::READABLE.oneshot(), |_, _, _| panic!("io"));
        let io = io.unwrap();
        assert_panics(&event_loop, "io");
        assert!(io.is_open());
    });
}

extern "C" {
    fn raise(number: c_int) -> c_int;
}

#[test]
fn panics_of_signals_children_and_posts_come_out_of_the_run() {
    on_every_loop(|event_loop| {
        let signal = event_loop.signal(28, |_, _, _| panic!("signal"));
        // SAFETY: the signal is caught.
        unsafe { raise(28) };
        assert_panics(&event_loop, "signal");
        drop(signal);
        let mut child = child("true");
        let watch = event_loop.child(child.id(), |_, _| panic!("child"));
        watch.unwrap().detach();
        assert_panics(&event_loop, "child");
        assert!(child.wait().is_err());
        event_loop.post(|_| panic!("post")).unwrap();
        assert_panics(&event_loop, "post");
        event_loop.remote().post(|_| panic!("remote post")).unwrap();
        assert_panics(&event_loop, "remote post");
    });
}

#[test]
fn panics_of_work_and_of_what_comes_after_it_come_out_of_the_run() {
    on_every_loop(|event_loop| {
        let work = event_loop.work(|| panic!("work"), |_, _: std::io::Result<()>| ());
        work.unwrap().detach();
        assert_panics(&event_loop, "work");
        let done = event_loop.work(|| (), |_, _| panic!("done"));
        done.unwrap().detach();
        assert_panics(&event_loop, "done");
        let family = AddressFamily::Any;
        let resolve = event_loop.resolve("::1", None, family, |_, _| panic!("resolve"));
        resolve.unwrap().detach();
        assert_panics(&event_loop, "resolve");
    });
}

#[test]
fn a_panic_of_a_trace_comes_out_of_the_run() {
    on_every_loop(|event_loop| {
        let calls = counter();
        let seen = Rc::clone(&calls);
        let trace = move |_: &pollux::TraceEvent| {
            if count(&seen) == 1 {
                panic!("trace")
            }
        };
        event_loop.set_trace(trace).unwrap();
        event_loop.post(|_| ()).unwrap();
        assert_panics(&event_loop, "trace");
        event_loop.post(|_| ()).unwrap();
        event_loop.run().unwrap();
        assert_eq!(calls.get(), 2);
    });
}

struct PanicsOnDrop(&'static str);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        std::panic::panic_any(self.0);
    }
}

#[test]
fn a_panic_of_what_a_closure_drops_comes_out_of_the_run() {
    on_every_loop(|event_loop| {
        let captured = PanicsOnDrop("drop");
        let timer = event_loop.timer(Duration::ZERO, None, move |_, timer| {
            let _captured = &captured;
            timer.close().unwrap();
        });
        timer.unwrap().detach();
        assert_panics(&event_loop, "drop");
        assert_eq!(event_loop.stats().unwrap().timer_handles, 0);
    });
}

#[test]
fn of_several_panics_in_an_iteration_the_first_comes_out() {
    on_every_loop(|event_loop| {
        event_loop.post(|_| panic!("first")).unwrap();
        event_loop.post(|_| panic!("second")).unwrap();
        event_loop
            .post(|_| std::panic::panic_any(PanicsOnDrop("third")))
            .unwrap();
        assert_panics(&event_loop, "first");
    });
}

#[test]
fn a_panic_in_the_callback_of_cancelled_work_comes_out_of_the_next_run() {
    on_every_loop(|event_loop| {
        let backend = event_loop.backend();
        let event_loop = Loop::builder()
            .backend(backend)
            .work_threads(1)
            .build()
            .unwrap();
        let (release, is_released) = std::sync::mpsc::channel::<()>();
        let running = event_loop.work(move || is_released.recv().is_err(), |_, _| ());
        let queued = event_loop.work(|| (), |_, _| panic!("cancelled")).unwrap();
        queued.close().unwrap();
        assert_panics(&event_loop, "cancelled");
        drop(release);
        event_loop.run().unwrap();
        assert!(!running.unwrap().is_open());
    });
}

#[test]
fn what_panics_in_the_drop_of_a_loop_keeps_no_other_closure_alive() {
    on_every_loop(|event_loop| {
        let alive = alive();
        let start = |text| {
            let captured = (PanicsOnDrop(text), Rc::clone(&alive));
            let unused = move |_: &Loop, _: &pollux::Timer| {
                let _captured = &captured;
            };
            event_loop.timer(ms(60_000), None, unused).unwrap()
        };
        let held = [start("first"), start("second"), start("third")];
        let message = PanicsOnDrop("message");
        event_loop.remote().post(move |_| drop(message)).unwrap();
        let payload = catch_unwind(AssertUnwindSafe(|| drop(event_loop))).unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"first"));
        assert_eq!(clones(&alive), 0);
        assert!(held.iter().all(|timer| !timer.is_open()));
    });
}

#[test]
fn a_panic_that_no_run_has_resumed_comes_out_of_the_drop_of_the_loop() {
    on_every_loop(|event_loop| {
        let backend = event_loop.backend();
        let event_loop = Loop::builder().backend(backend).work_threads(1);
        let event_loop = event_loop.build().unwrap();
        let (release, is_released) = std::sync::mpsc::channel::<()>();
        let running = event_loop.work(move || is_released.recv().is_err(), |_, _| ());
        let queued = event_loop.work(|| (), |_, _| panic!("cancelled")).unwrap();
        queued.close().unwrap();
        drop(release);
        let payload = catch_unwind(AssertUnwindSafe(|| drop(event_loop))).unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"cancelled"));
        drop(running);
    });
}
