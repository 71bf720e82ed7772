// SPDX-License-Identifier: MIT
#include "loops/rust_contender.hpp"

namespace bench {

extern const Contender pollux_rust_edge_contender =
    rust_mode<bench_pollux_rust_edge>("pollux-rust-edge");

}  // namespace bench
