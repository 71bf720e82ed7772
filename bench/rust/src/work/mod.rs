// SPDX-License-Identifier: MIT
//! What is done with each contender.

pub mod chain;
pub mod echo;
mod measured;
pub mod ping;

pub use measured::Sample;
