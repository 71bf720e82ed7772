// SPDX-License-Identifier: MIT
#include "loops/rust.hpp"

extern "C" {
bench::RustChain bench_pollux_rust_chain;
bench::RustPing bench_pollux_rust_ping;
}

namespace bench {

extern const Contender pollux_rust_contender =
    rust_contender<bench_pollux_rust_chain, bench_pollux_rust_ping>("pollux-rust");

}  // namespace bench
