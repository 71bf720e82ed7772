// SPDX-License-Identifier: MIT
#include "poll/waiter.hpp"

#include <cerrno>
#include <cstring>

namespace pollux::poll {

int Waiter::copy(const WatchSet& set, int wake) noexcept {
    if (!fds_.reserve(set.size() + 2)) return -ENOMEM;
    fds_.resize_within_capacity(set.size() + 2);
    if (set.size() != 0) std::memcpy(fds_.data(), set.data(), set.size() * sizeof(pollfd));
    fds_[wake_index()] = {wake, POLLIN, 0};
    version_ = set.version();
    return 0;
}

void Waiter::begin(bool is_alone) noexcept {
    is_waiting_ = true;
    is_alone_ = is_alone;
    fds_[channel_index()] = {channel_.fd(), POLLIN, 0};
}

void Waiter::end() noexcept {
    is_waiting_ = false;
    if (!is_interrupted_) return;
    if (!is_alone_) channel_.drain();
    is_interrupted_ = false;
}

void Waiter::interrupt(const WakeChannel& wake) noexcept {
    if (!is_waiting_ || is_interrupted_) return;
    is_interrupted_ = true;
    (is_alone_ ? wake : channel_).signal();
}

}  // namespace pollux::poll
