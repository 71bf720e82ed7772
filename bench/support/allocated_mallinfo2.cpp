// SPDX-License-Identifier: MIT
#include "support/allocated.hpp"

#include <malloc.h>

namespace bench {

int64_t allocated_bytes() {
    const struct mallinfo2 now = mallinfo2();
    return static_cast<int64_t>(now.uordblks + now.hblkhd);
}

}  // namespace bench
