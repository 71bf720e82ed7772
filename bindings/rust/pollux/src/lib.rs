// SPDX-License-Identifier: MIT
#![doc = include_str!("../README.md")]
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

mod backend;
mod error;
mod event_loop;
mod events;
mod interest;
mod ownership;
mod poller;
mod source;

pub use backend::{Backend, Capabilities};
pub use error::error_name;
pub use event_loop::{
    AddressFamily, Child, Io, Kind, Loop, LoopBuilder, LoopStats, Remote, Signal, Timer,
    TraceEvent, Work,
};
pub use events::{Event, Events, Iter};
pub use interest::{Interest, Readiness};
pub use poller::{Poller, PollerBuilder, Waker};
pub use source::Source;
