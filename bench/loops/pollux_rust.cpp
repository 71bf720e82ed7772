// SPDX-License-Identifier: MIT
#include "loops/rust_contender.hpp"

namespace bench {

extern const Contender pollux_rust_contender =
    rust_contender<bench_pollux_rust, bench_pollux_rust_oneshot>("pollux-rust");

}  // namespace bench
