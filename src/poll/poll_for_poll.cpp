// SPDX-License-Identifier: MIT
#include "poll/poll_for.hpp"

#include "core/clock.hpp"

#include <cerrno>

namespace pollux::poll {

int poll_for(pollfd* fds, nfds_t count, int64_t timeout_ns) noexcept {
    const int ready = ::poll(fds, count, to_milliseconds(timeout_ns));
    return ready < 0 ? -errno : ready;
}

}  // namespace pollux::poll
