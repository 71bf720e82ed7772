// SPDX-License-Identifier: MIT
// A descriptor that is readable when a process has ended. CMake chooses the file that defines it.
#pragma once

#include <cstdint>

namespace pollux {

// The descriptor, close-on-exec; -ENOSYS where there is none, or another negated errno.
int open_process_fd(int64_t pid) noexcept;

}  // namespace pollux
