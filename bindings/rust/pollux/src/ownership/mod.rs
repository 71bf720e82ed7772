// SPDX-License-Identifier: MIT
//! Who owns closures, and when they are dropped. Nothing here calls C, so that Miri can run its
//! tests: `cargo +nightly miri test -p pollux --lib`.

mod callback;
mod mailbox;
mod registry;

pub(crate) use callback::Callback;
pub(crate) use mailbox::{lock, Mailbox};
pub(crate) use registry::Registry;
