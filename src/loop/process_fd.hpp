// SPDX-License-Identifier: MIT
// A descriptor that is readable when a process has ended. CMake chooses the file that defines it.
#pragma once

#include <cstdint>

namespace pollux {

// The descriptor, close-on-exec; -ENOSYS where there is none, also when a sandbox refuses it; or
// another negated errno.
int open_process_fd(int64_t pid) noexcept;

// `is_inherited`: this is a child of the process that opened it.
void close_process_fd(int fd, bool is_inherited) noexcept;

}  // namespace pollux
