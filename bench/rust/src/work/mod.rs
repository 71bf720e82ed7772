// SPDX-License-Identifier: MIT
//! What is done with each contender.

pub mod accept;
pub mod chain;
pub mod churn;
mod measured;
pub mod server;
pub mod wake;

pub use measured::Sample;
