// SPDX-License-Identifier: MIT
#include "loops/rust.hpp"

extern "C" {
bench::RustChain bench_polling_chain;
bench::RustPing bench_polling_ping;
}

namespace bench {

extern const Contender polling_contender =
    rust_contender<bench_polling_chain, bench_polling_ping>("polling");

}  // namespace bench
