// SPDX-License-Identifier: MIT
#include "poll/waiter.hpp"

#include <cerrno>
#include <cstring>

namespace pollux::poll {

int Waiter::prepare(const WatchSet& set, int wake) noexcept {
    if (fds_.size() != 0 && version_ == set.version()) return 0;
    if (!fds_.reserve(kSet + set.size())) return -ENOMEM;
    fds_.resize_within_capacity(kSet + set.size());
    fds_[kChannel] = {channel_.fd(), POLLIN, 0};
    fds_[kWake] = {wake, POLLIN, 0};
    if (set.size() != 0) {
        std::memcpy(fds_.data() + kSet, set.data(), set.size() * sizeof(pollfd));
    }
    version_ = set.version();
    return 0;
}

void Waiter::end() noexcept {
    is_waiting_ = false;
    if (!is_interrupted_) return;
    channel_.drain();
    is_interrupted_ = false;
}

void Waiter::interrupt() noexcept {
    if (!is_waiting_ || is_interrupted_) return;
    is_interrupted_ = true;
    channel_.signal();
}

}  // namespace pollux::poll
