// SPDX-License-Identifier: MIT
// CMake chooses the file that defines it.
#pragma once

#include <cstdint>

namespace bench {

// What malloc has given out and not got back, its own overhead included; -1 if it cannot tell.
int64_t allocated_bytes();

}  // namespace bench
