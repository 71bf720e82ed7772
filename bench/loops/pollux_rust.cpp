// SPDX-License-Identifier: MIT
#include "loops/rust_contender.hpp"

namespace bench {

extern const Contender pollux_rust_contender = rust_contender<bench_pollux_rust>("pollux-rust");

}  // namespace bench
