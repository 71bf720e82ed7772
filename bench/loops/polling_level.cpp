// SPDX-License-Identifier: MIT
#include "loops/rust.hpp"

extern "C" {
bench::RustChain bench_polling_level_chain;
bench::RustPing bench_polling_level_ping;
}

namespace bench {

extern const Contender polling_level_contender =
    rust_contender<bench_polling_level_chain, bench_polling_level_ping>("polling-level");

}  // namespace bench
