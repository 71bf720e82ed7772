// SPDX-License-Identifier: MIT
//! The declarations are compared with the C header itself: constants and layouts by a C program
//! that prints them, functions by their text.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::mem::{align_of, size_of, MaybeUninit};
use std::ptr::addr_of;

use pollux_sys::*;
use support::{
    header_constants, header_functions, header_types, run_c, rust_functions, rust_types,
};

macro_rules! constants {
    ($($name:ident)*) => {
        [$((stringify!($name).to_string(), u64::from($name))),*].into_iter().collect()
    };
}

#[test]
fn every_constant_is_declared_with_the_header_s_value() {
    let declared: BTreeMap<String, u64> = constants! {
        PLX_VERSION_MAJOR PLX_VERSION_MINOR PLX_VERSION_PATCH
        PLX_BACKEND_AUTO PLX_BACKEND_EPOLL PLX_BACKEND_KQUEUE PLX_BACKEND_POLL
        PLX_CAP_EDGE PLX_CAP_EXCLUSIVE PLX_CAP_PRIORITY PLX_CAP_READ_CLOSED PLX_CAP_NS_TIMEOUT
        PLX_CAP_NATIVE_FD
        PLX_READABLE PLX_PRIORITY PLX_WRITABLE PLX_ERROR PLX_HANGUP PLX_READ_CLOSED
        PLX_EDGE PLX_ONESHOT PLX_EXCLUSIVE PLX_WOKEN
        PLX_KIND_NONE PLX_KIND_IO PLX_KIND_TIMER PLX_KIND_SIGNAL PLX_KIND_CHILD PLX_KIND_WORK
        PLX_KIND_POST
        PLX_LOOP_TIME_CALLBACKS PLX_RUN_DEFAULT PLX_RUN_ONCE PLX_RUN_NOWAIT
        PLX_ADDRESS_IPV4 PLX_ADDRESS_IPV6
    };
    let lines: String = header_constants()
        .iter()
        .map(|name| {
            format!(
                "printf(\"{} %llu\\n\", (unsigned long long)({}));\n",
                name, name
            )
        })
        .collect();
    assert_eq!(declared, run_c("constants", &lines));
}

macro_rules! layout {
    ($all:ident, $c:ident, $type:ident: $($field:ident)*) => {{
        let name = stringify!($type);
        let mut add = |what: String, expression: String, value: usize| {
            writeln!($c, "printf(\"{} %zu\\n\", {});", what, expression).unwrap();
            $all.insert(what, value as u64);
        };
        add(format!("{}:size", name), format!("sizeof({})", name), size_of::<$type>());
        add(format!("{}:align", name), format!("_Alignof({})", name), align_of::<$type>());
        let memory = MaybeUninit::<$type>::uninit();
        let base = memory.as_ptr();
        $(
            let field = stringify!($field);
            // SAFETY: the address of a field is taken, nothing is read.
            let offset = unsafe { addr_of!((*base).$field) as usize - base as usize };
            add(format!("{}.{}", name, field), format!("offsetof({}, {})", name, field), offset);
        )*
    }};
}

#[test]
fn every_struct_has_the_header_s_layout() {
    let mut all = BTreeMap::new();
    let mut c = String::new();
    layout!(all, c, plx_event: token fd events);
    layout!(all, c, plx_poller_options: struct_size backend required_capabilities flags reserved);
    layout!(all, c, plx_loop_options: struct_size backend required_capabilities flags work_threads
        events_per_wait reserved);
    layout!(all, c, plx_address: family port reserved bytes scope_id);
    layout!(all, c, plx_loop_stats: struct_size iterations io_events wakes timers_fired posts
        signals interest_changes work_queued work_running work_done work_threads io_handles
        timer_handles active_timers signal_handles child_handles work_handles busy_ns idle_ns
        slowest_callback_ns slowest_callback_kind);
    layout!(all, c, plx_trace_event: handle start_ns duration_ns kind events name);
    assert_eq!(all, run_c("layouts", &c));
}

#[test]
fn every_function_is_declared_as_in_the_header() {
    let header = header_functions();
    assert!(header.len() >= 40, "the header was not understood");
    assert_eq!(header, rust_functions());
}

#[test]
fn every_type_is_declared_and_each_callback_as_in_the_header() {
    assert_eq!(header_types(), rust_types());
}

#[test]
fn the_library_that_is_linked_is_the_header_s() {
    // SAFETY: these two take nothing, and the text is static.
    let (version, text) = unsafe {
        (
            plx_version(),
            std::ffi::CStr::from_ptr(plx_version_string()),
        )
    };
    let expected = format!(
        "{}.{}.{}",
        version >> 16,
        version >> 8 & 0xff,
        version & 0xff
    );
    assert_eq!(text.to_str(), Ok(expected.as_str()));
    assert_eq!(version >> 8, PLX_VERSION_MAJOR << 8 | PLX_VERSION_MINOR);
}
