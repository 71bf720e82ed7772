// SPDX-License-Identifier: MIT
// The signals that one loop wants to know of. Handlers belong to the process, so behind this stands
// one list of all watches; see signal_watch.cpp.
#pragma once

#include "core/poller.hpp"

#include <atomic>
#include <cstdint>

namespace pollux {

class SignalWatch {
public:
    static constexpr int kWords = 3;  // NetBSD and FreeBSD number up to 128
    SignalWatch() = default;
    ~SignalWatch();  // unsubscribes from all
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    // Whom a signal wakes. Before the first subscribe().
    void set_poller(Poller* poller) noexcept { poller_ = poller; }

    // Counts: a signal is watched until it has been unsubscribed as often as subscribed.
    // 0; -EINVAL for a signal that cannot be watched; -ENOMEM.
    int subscribe(int signo) noexcept;
    void unsubscribe(int signo) noexcept;

    // As if the signal had arrived. Async-signal-safe.
    void raise(int signo) noexcept;

    bool is_pending() const noexcept { return is_pending_.load(std::memory_order_acquire); }

    // The signals since the last time, as a bit for each number.
    struct Set {
        uint64_t words[kWords];
        bool has(int signo) const noexcept { return (words[signo / 64] >> (signo % 64) & 1) != 0; }
    };
    Set take_pending() noexcept;

private:
    // Left to signal_watch.cpp's author.
};

}  // namespace pollux
