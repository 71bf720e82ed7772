// SPDX-License-Identifier: MIT
#include "support/allocated.hpp"

namespace bench {

int64_t allocated_bytes() {
    return -1;
}

}  // namespace bench
