// SPDX-License-Identifier: MIT
#include "loops/rust.hpp"

extern "C" {
bench::RustChain bench_mio_chain;
bench::RustPing bench_mio_ping;
}

namespace bench {

extern const Contender mio_contender = rust_contender<bench_mio_chain, bench_mio_ping>("mio");

}  // namespace bench
