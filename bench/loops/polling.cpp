// SPDX-License-Identifier: MIT
#include "loops/rust_contender.hpp"

namespace bench {

extern const Contender polling_contender = rust_contender<bench_polling, bench_polling>("polling");

}  // namespace bench
