// SPDX-License-Identifier: MIT
//! The contenders that are crates, and this project's own by its Rust binding. The work is done
//! here, by the same system calls as in ../../work/*.hpp, so that nobody crosses from one language
//! to the other for each event; C++ says what is to be done and prints what came out. Only HTTP
//! requests are answered by the code of ../../work/http.hpp itself.

#![deny(unsafe_op_in_unsafe_fn)]

mod exports;
mod peer;
mod peers;
mod system;
mod work;

#[cfg(test)]
mod tests;
