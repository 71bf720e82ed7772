// SPDX-License-Identifier: MIT
// poll(2) with a timeout in nanoseconds, or as near to it as the system can come. CMake chooses the
// file that defines it.
#pragma once

#include <poll.h>

#include <cstdint>

namespace pollux::poll {

// As poll(), but the error is the negated errno. May return 0 before the time is up.
int poll_for(pollfd* fds, nfds_t count, int64_t timeout_ns) noexcept;

}  // namespace pollux::poll
