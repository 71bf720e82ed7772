// SPDX-License-Identifier: MIT
//! What is done with each contender.

pub mod chain;
pub mod churn;
pub mod echo;
mod measured;
pub mod wake;

pub use measured::Sample;
