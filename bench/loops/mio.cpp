// SPDX-License-Identifier: MIT
#include "loops/rust_contender.hpp"

namespace bench {

extern const Contender mio_contender = rust_contender<bench_mio>("mio");

}  // namespace bench
