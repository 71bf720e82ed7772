// SPDX-License-Identifier: MIT
#include "loops/rust_acceptor.hpp"
#include "loops/rust_server.hpp"

namespace bench {

// Only what is another thing than with one-shot.
extern const Contender polling_level_contender = {
    .name = "polling-level",
    .chain = rust_chain<bench_polling_level>,
    .echo = rust_echo<bench_polling_level>,
    .http = rust_http<bench_polling_level>,
    .accept = rust_accept<bench_polling_level>,
};

}  // namespace bench
