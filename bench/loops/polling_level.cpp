// SPDX-License-Identifier: MIT
#include "loops/rust_contender.hpp"

namespace bench {

extern const Contender polling_level_contender = rust_mode<bench_polling_level>("polling-level");

}  // namespace bench
