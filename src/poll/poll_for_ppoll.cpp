// SPDX-License-Identifier: MIT
#include "poll/poll_for.hpp"

#include "core/clock.hpp"

#include <cerrno>

namespace pollux::poll {

int poll_for(pollfd* fds, nfds_t count, int64_t timeout_ns) noexcept {
    if (timeout_ns <= 0) {
        const int ready = ::poll(fds, count, timeout_ns < 0 ? -1 : 0);
        return ready < 0 ? -errno : ready;
    }
    const timespec timeout = to_timespec(timeout_ns);
    const int ready = ppoll(fds, count, &timeout, nullptr);
    return ready < 0 ? -errno : ready;
}

}  // namespace pollux::poll
