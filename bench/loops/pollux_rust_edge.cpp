// SPDX-License-Identifier: MIT
#include "loops/rust_acceptor.hpp"
#include "loops/rust_server.hpp"

namespace bench {

// Only what is another thing than level-triggered.
extern const Contender pollux_rust_edge_contender = {
    .name = "pollux-rust-edge",
    .chain = rust_chain<bench_pollux_rust_edge>,
    .echo = rust_echo<bench_pollux_rust_edge>,
    .http = rust_http<bench_pollux_rust_edge>,
    .accept = rust_accept<bench_pollux_rust_edge>,
};

}  // namespace bench
