// SPDX-License-Identifier: MIT
// One thread's wait: its own copy of the watch set, for poll(2) writes into it and reads it while
// others change the set; and how to tell it that they did.
#pragma once

#include "core/buffer.hpp"
#include "core/wake_channel.hpp"
#include "poll/watch_set.hpp"

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace pollux::poll {

class Waiter {
public:
    explicit Waiter(Waiter* next) noexcept : next_(next) {}

    int open_channel() noexcept { return channel_.open(); }

    // Copies the set, if it has changed since the last time. `wake` is watched beside it.
    int prepare(const WatchSet& set, int wake) noexcept {
        const bool is_current = fds_.size() != 0 && version_ == set.version();
        return is_current ? 0 : copy(set, wake);
    }

    // All of it under the mutex. Who waits alone is interrupted by the poller's wake channel, and
    // poll(2) has one descriptor less to look at. Beside others, who would drain that, a waiter has
    // a channel of its own, which is open by then.
    void begin(bool is_alone) noexcept;
    void end() noexcept;
    void interrupt(const WakeChannel& wake) noexcept;
    bool is_waiting() const noexcept { return is_waiting_; }
    // Is the wake channel to stay readable for it?
    bool needs_wake() const noexcept { return is_waiting_ && is_interrupted_ && is_alone_; }

    Waiter* next() const noexcept { return next_; }
    const WakeChannel& channel() const noexcept { return channel_; }
    uint32_t version() const noexcept { return version_; }
    pollfd* fds() noexcept { return fds_.data(); }
    const pollfd* fds() const noexcept { return fds_.data(); }
    // How many of them are watched: our own channel only beside others.
    size_t watched() const noexcept { return fds_.size() - static_cast<size_t>(is_alone_); }

    // In fds() the set comes first, then the poller's wake channel, then our own: what comes after
    // something that is ready is not waited for, and the kernel saves the trouble to prepare it.
    size_t wake_index() const noexcept { return fds_.size() - 2; }
    size_t channel_index() const noexcept { return fds_.size() - 1; }

    static void* operator new(size_t size) noexcept { return std::malloc(size); }
    static void operator delete(void* memory) noexcept { std::free(memory); }

private:
    int copy(const WatchSet& set, int wake) noexcept;

    Waiter* const next_;
    WakeChannel channel_;
    Buffer<pollfd> fds_;
    uint32_t version_ = 0;
    bool is_waiting_ = false;
    bool is_interrupted_ = false;
    bool is_alone_ = false;
};

}  // namespace pollux::poll
