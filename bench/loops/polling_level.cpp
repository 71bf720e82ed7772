// SPDX-License-Identifier: MIT
#include "loops/rust.hpp"

namespace bench {

extern const Contender polling_level_contender =
    rust_contender<bench_polling_level>("polling-level");

}  // namespace bench
