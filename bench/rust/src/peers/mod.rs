// SPDX-License-Identifier: MIT
//! Each by the idiom of its own documentation.

mod mio;
mod polling;
mod pollux;

pub use self::mio::Mio;
pub use self::polling::{Polling, PollingLevel};
pub use self::pollux::{PolluxRust, PolluxRustEdge, PolluxRustOneshot};
