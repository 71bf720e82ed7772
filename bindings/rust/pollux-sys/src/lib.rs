// SPDX-License-Identifier: MIT
//! The C interface of Pollux as it is, declared for Rust.
//!
//! The names are those of `pollux/pollux.h`, which says what each of them does, which thread may
//! call it and what it answers. The safe face is the crate `pollux`. How the C library is found or
//! built is told in the README beside the two crates.

#![allow(non_camel_case_types)]

mod event_loop;
mod poller;

pub use event_loop::*;
pub use poller::*;

/// An opaque type of the library: never made here, only pointed at.
macro_rules! opaque {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        #[repr(C)]
        pub struct $name {
            _data: [u8; 0],
            _marker: std::marker::PhantomData<(*mut u8, std::marker::PhantomPinned)>,
        }
    };
}
pub(crate) use opaque;
