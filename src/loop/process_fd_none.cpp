// SPDX-License-Identifier: MIT
// A system without such descriptors: SIGCHLD tells.
#include "loop/process_fd.hpp"

#include <cerrno>

namespace pollux {

int open_process_fd(int64_t) noexcept {
    return -ENOSYS;
}

void close_process_fd(int, bool) noexcept {}

}  // namespace pollux
