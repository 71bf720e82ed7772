// SPDX-License-Identifier: MIT
//! Forks, in a program of their own: a child holds what is open in all threads of its parent, and
//! so keeps alive what a test beside it has closed.

mod common;

use std::io::Write;
use std::os::raw::c_int;
use std::rc::Rc;

use common::{alive, clones, count, counter, ms, on_every_loop, on_every_poller, pair, tokens};
use common::{LONG, NOW};
use pollux::{Events, Interest};

extern "C" {
    fn fork() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn _exit(status: c_int) -> !;
}

#[test]
fn in_a_child_a_poller_is_refused_until_after_fork() {
    on_every_poller(|poller| {
        let (a, mut b) = pair();
        b.write_all(b"x").unwrap();
        let _source = poller.register(a, 9, Interest::READABLE).unwrap();
        let mut events = Events::with_capacity(4);
        // SAFETY: the child only calls the library and ends; nothing else uses the poller.
        let pid = unsafe { fork() };
        if pid == 0 {
            let is_refused = poller.wait(&mut events, NOW).is_err();
            // SAFETY: nobody else uses the poller here.
            let is_made_anew = unsafe { poller.after_fork() }.is_ok();
            let is_usable = is_made_anew && poller.wait(&mut events, LONG).is_ok();
            let is_right = is_refused && is_usable && events.len() == 1;
            // SAFETY: it ends the child at once.
            unsafe { _exit(if is_right { 0 } else { 1 }) }
        }
        let mut status = -1;
        // SAFETY: the child is this process's.
        assert_eq!(unsafe { waitpid(pid, &mut status, 0) }, pid);
        assert_eq!(status, 0);
        assert_eq!(tokens(&poller, &mut events, LONG), [9]);
    });
}

#[test]
fn after_a_fork_timers_go_on_and_what_is_the_parent_s_is_dropped() {
    on_every_loop(|event_loop| {
        let alive = alive();
        let (captured, calls) = (Rc::clone(&alive), counter());
        let seen = Rc::clone(&calls);
        event_loop.post(move |_| drop(captured)).unwrap();
        let timer = event_loop.timer(ms(1), None, move |_, _| assert_eq!(count(&seen), 1));
        timer.unwrap().detach();
        // SAFETY: no fork has taken place, and so it does nothing.
        unsafe { event_loop.after_fork() }.unwrap();
        assert_eq!(clones(&alive), 1);
        // SAFETY: the child uses the loop, which no other thread has, and ends.
        let pid = unsafe { fork() };
        if pid == 0 {
            let is_refused = event_loop.run().is_err();
            // SAFETY: no other thread has the loop.
            let is_made_anew = unsafe { event_loop.after_fork() }.is_ok();
            let is_dropped = clones(&alive) == 0;
            let has_run = is_made_anew && event_loop.run().is_ok() && calls.get() == 1;
            let is_right = is_refused && is_dropped && has_run;
            // SAFETY: it ends the child at once.
            unsafe { _exit(if is_right { 0 } else { 1 }) }
        }
        let mut status = -1;
        // SAFETY: the child is this process's.
        assert_eq!(unsafe { waitpid(pid, &mut status, 0) }, pid);
        assert_eq!(status, 0);
        event_loop.run().unwrap();
        assert_eq!((calls.get(), clones(&alive)), (1, 0));
    });
}
