// SPDX-License-Identifier: MIT
//! What stands for the C library under Miri: as much of it as the tests beside it use. It watches
//! nothing: timers are always due and descriptors always readable. Work runs in threads.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::os::raw::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread::JoinHandle;

use pollux_sys::*;

const ENOENT: c_int = 2;
const EBUSY: c_int = 16;
const ECANCELED: c_int = 125;

#[derive(Clone, Copy)]
enum Callback {
    Io(plx_io_fn),
    Timer {
        call: plx_timer_fn,
        is_periodic: bool,
    },
    Work {
        call: plx_work_fn,
        done: plx_done_fn,
    },
}

struct Handle {
    callback: Callback,
    user: *mut c_void,
    is_open: bool,
    is_active: bool,
    thread: Option<JoinHandle<()>>,
}

struct Fake {
    handles: RefCell<Vec<Handle>>,
    trace: Cell<(plx_trace_fn, *mut c_void)>,
    is_running: Cell<bool>,
    // What other threads use.
    is_stopping: AtomicBool,
    posts: Mutex<VecDeque<(plx_post_fn, User)>>,
}

/// Where a function of the library takes a pointer to another thread.
struct User(*mut c_void);
// SAFETY: that is what the library does with it; what may be done there is for Miri to see.
unsafe impl Send for User {}

impl User {
    fn get(&self) -> *mut c_void {
        self.0
    }
}

unsafe fn inside<'a>(raw: *const plx_loop) -> &'a Fake {
    unsafe { &*raw.cast::<Fake>() }
}

impl Fake {
    fn start(&self, out: *mut plx_handle, callback: Callback, user: *mut c_void) -> c_int {
        let mut handles = self.handles.borrow_mut();
        handles.push(Handle {
            callback,
            user,
            is_open: true,
            is_active: true,
            thread: None,
        });
        if !out.is_null() {
            unsafe { out.write(handles.len() as plx_handle) };
        }
        0
    }

    fn with(&self, handle: plx_handle, call: impl FnOnce(&mut Handle) -> c_int) -> c_int {
        let index = (handle as usize).wrapping_sub(1);
        match self.handles.borrow_mut().get_mut(index) {
            Some(found) if found.is_open => call(found),
            _ => -ENOENT,
        }
    }

    fn raw(&self) -> *mut plx_loop {
        ptr::from_ref(self).cast_mut().cast()
    }

    fn traced(&self, handle: plx_handle, kind: u32) {
        if let (Some(call), user) = self.trace.get() {
            let event = plx_trace_event {
                handle,
                start_ns: 1,
                duration_ns: 2,
                kind,
                events: 0,
                name: b"traced\0".as_ptr().cast(),
            };
            unsafe { call(self.raw(), &event, user) };
        }
    }

    fn due(&self) -> Vec<plx_handle> {
        let handles = self.handles.borrow();
        let numbered = (1..).zip(handles.iter());
        numbered
            .filter(|(_, handle)| handle.is_open && handle.is_active)
            .map(|(number, _)| number)
            .collect()
    }

    fn begin_work(&self) {
        for handle in self.handles.borrow_mut().iter_mut() {
            let has_begun = !handle.is_open || handle.thread.is_some();
            if let (Callback::Work { call, .. }, false) = (handle.callback, has_begun) {
                let (call, user) = (call.unwrap(), User(handle.user));
                handle.thread = Some(std::thread::spawn(move || unsafe { call(user.get()) }));
            }
        }
    }

    fn run_one(&self, number: plx_handle) {
        let mut found = None;
        self.with(number, |handle| {
            match handle.callback {
                Callback::Timer { is_periodic, .. } => handle.is_active = is_periodic,
                Callback::Work { .. } => handle.is_open = false,
                Callback::Io(_) => (),
            }
            found = Some((handle.callback, handle.user, handle.thread.take()));
            0
        });
        let (callback, user, thread) = match found {
            Some(found) => found,
            None => return,
        };
        if let Some(thread) = thread {
            thread.join().unwrap();
        }
        let kind = unsafe { self.call(callback, number, user, 0) };
        self.traced(number, kind);
    }

    unsafe fn call(&self, it: Callback, number: plx_handle, user: *mut c_void, rc: c_int) -> u32 {
        unsafe {
            match it {
                Callback::Io(call) => call.unwrap()(self.raw(), number, PLX_READABLE, user),
                Callback::Timer { call, .. } => call.unwrap()(self.raw(), number, user),
                Callback::Work { done, .. } => done.unwrap()(self.raw(), number, rc, user),
            }
        }
        match it {
            Callback::Io(_) => PLX_KIND_IO,
            Callback::Timer { .. } => PLX_KIND_TIMER,
            Callback::Work { .. } => PLX_KIND_WORK,
        }
    }

    fn run_posts(&self) {
        let posts = std::mem::take(&mut *self.posts.lock().unwrap());
        for (call, user) in posts {
            unsafe { call.unwrap()(self.raw(), user.get()) };
            self.traced(0, PLX_KIND_POST);
        }
    }

    fn is_alive(&self) -> bool {
        !self.due().is_empty() || !self.posts.lock().unwrap().is_empty()
    }
}

#[no_mangle]
unsafe extern "C" fn plx_loop_create(out: *mut *mut plx_loop, _: *const plx_loop_options) -> c_int {
    let fake = Fake {
        handles: RefCell::default(),
        trace: Cell::new((None, ptr::null_mut())),
        is_running: Cell::new(false),
        is_stopping: AtomicBool::new(false),
        posts: Mutex::default(),
    };
    unsafe { out.write(Box::into_raw(Box::new(fake)).cast()) };
    0
}

#[no_mangle]
unsafe extern "C" fn plx_loop_destroy(raw: *mut plx_loop) {
    let fake = unsafe { Box::from_raw(raw.cast::<Fake>()) };
    assert!(!fake.is_running.get());
    for handle in fake.handles.take() {
        if let Some(thread) = handle.thread {
            thread.join().unwrap();
        }
    }
}

#[no_mangle]
unsafe extern "C" fn plx_loop_run(raw: *mut plx_loop, mode: u32) -> c_int {
    let fake = unsafe { inside(raw) };
    if fake.is_running.replace(true) {
        return -EBUSY;
    }
    loop {
        fake.begin_work();
        let due = fake.due();
        fake.run_posts();
        due.into_iter().for_each(|number| fake.run_one(number));
        let stops = fake.is_stopping.swap(false, Ordering::Relaxed);
        if stops || mode != PLX_RUN_DEFAULT || !fake.is_alive() {
            break;
        }
    }
    fake.is_running.set(false);
    c_int::from(fake.is_alive())
}

#[no_mangle]
unsafe extern "C" fn plx_loop_stop(raw: *mut plx_loop) -> c_int {
    let is_stopping = unsafe { &*ptr::addr_of!((*raw.cast::<Fake>()).is_stopping) };
    is_stopping.store(true, Ordering::Relaxed);
    0
}

#[no_mangle]
unsafe extern "C" fn plx_post(raw: *mut plx_loop, call: plx_post_fn, user: *mut c_void) -> c_int {
    let posts = unsafe { &*ptr::addr_of!((*raw.cast::<Fake>()).posts) };
    posts.lock().unwrap().push_back((call, User(user)));
    0
}

#[no_mangle]
unsafe extern "C" fn plx_loop_trace(
    raw: *mut plx_loop,
    call: plx_trace_fn,
    user: *mut c_void,
) -> c_int {
    unsafe { inside(raw) }.trace.set((call, user));
    0
}

#[no_mangle]
unsafe extern "C" fn plx_io_start(
    raw: *mut plx_loop,
    out: *mut plx_handle,
    _: c_int,
    _: u32,
    call: plx_io_fn,
    user: *mut c_void,
) -> c_int {
    unsafe { inside(raw) }.start(out, Callback::Io(call), user)
}

#[no_mangle]
unsafe extern "C" fn plx_timer_start(
    raw: *mut plx_loop,
    out: *mut plx_handle,
    _: i64,
    period: i64,
    call: plx_timer_fn,
    user: *mut c_void,
) -> c_int {
    let is_periodic = period > 0;
    unsafe { inside(raw) }.start(out, Callback::Timer { call, is_periodic }, user)
}

#[no_mangle]
unsafe extern "C" fn plx_timer_set(
    raw: *mut plx_loop,
    handle: plx_handle,
    delay: i64,
    _: i64,
) -> c_int {
    let set = |found: &mut Handle| {
        found.is_active = delay >= 0;
        0
    };
    unsafe { inside(raw) }.with(handle, set)
}

#[no_mangle]
unsafe extern "C" fn plx_work_start(
    raw: *mut plx_loop,
    out: *mut plx_handle,
    call: plx_work_fn,
    done: plx_done_fn,
    user: *mut c_void,
) -> c_int {
    unsafe { inside(raw) }.start(out, Callback::Work { call, done }, user)
}

#[no_mangle]
unsafe extern "C" fn plx_close(raw: *mut plx_loop, handle: plx_handle) -> c_int {
    let fake = unsafe { inside(raw) };
    let mut cancelled = None;
    let rc = fake.with(handle, |found| {
        if found.thread.is_some() {
            return -EBUSY;
        }
        found.is_open = false;
        if let Callback::Work { .. } = found.callback {
            cancelled = Some((found.callback, found.user));
        }
        0
    });
    if let Some((callback, user)) = cancelled {
        unsafe { fake.call(callback, handle, user, -ECANCELED) };
    }
    rc
}

// The poller: it counts what is registered, and a wait reports the last registration.

#[derive(Default)]
struct FakePoller {
    registered: AtomicUsize,
    last: Mutex<plx_event>,
}

unsafe fn poller<'a>(raw: *const plx_poller) -> &'a FakePoller {
    unsafe { &*raw.cast::<FakePoller>() }
}

#[no_mangle]
unsafe extern "C" fn plx_poller_create(
    out: *mut *mut plx_poller,
    _: *const plx_poller_options,
) -> c_int {
    unsafe { out.write(Box::into_raw(Box::<FakePoller>::default()).cast()) };
    0
}

#[no_mangle]
unsafe extern "C" fn plx_poller_destroy(raw: *mut plx_poller) {
    drop(unsafe { Box::from_raw(raw.cast::<FakePoller>()) });
}

#[no_mangle]
unsafe extern "C" fn plx_poller_count(raw: *const plx_poller) -> usize {
    unsafe { poller(raw) }.registered.load(Ordering::Relaxed)
}

#[no_mangle]
unsafe extern "C" fn plx_poller_add(
    raw: *mut plx_poller,
    fd: c_int,
    token: u64,
    events: u32,
) -> c_int {
    let poller = unsafe { poller(raw) };
    poller.registered.fetch_add(1, Ordering::Relaxed);
    *poller.last.lock().unwrap() = plx_event { token, fd, events };
    0
}

#[no_mangle]
unsafe extern "C" fn plx_poller_remove(raw: *mut plx_poller, _: c_int) -> c_int {
    unsafe { poller(raw) }
        .registered
        .fetch_sub(1, Ordering::Relaxed);
    0
}

#[no_mangle]
unsafe extern "C" fn plx_poller_wake(raw: *mut plx_poller) -> c_int {
    let events = PLX_WOKEN;
    *unsafe { poller(raw) }.last.lock().unwrap() = plx_event {
        token: 0,
        fd: -1,
        events,
    };
    0
}

#[no_mangle]
unsafe extern "C" fn plx_poller_wait(
    raw: *mut plx_poller,
    events: *mut plx_event,
    capacity: c_int,
    _: i64,
) -> c_int {
    let last = *unsafe { poller(raw) }.last.lock().unwrap();
    for i in 0..capacity as usize {
        unsafe { events.add(i).write(last) };
    }
    1
}
