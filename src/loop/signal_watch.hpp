// SPDX-License-Identifier: MIT
// The signals that one loop wants to know of. Handlers belong to the process, so behind this stands
// one list of all watches; see signal_watch.cpp.
#pragma once

#include "loop/doorbell.hpp"

#include <atomic>
#include <cstdint>

namespace pollux {

class SignalWatch {
public:
    static constexpr int kHighest = 128;  // of NetBSD and FreeBSD
    // Words that are lock-free everywhere: a signal handler writes them.
    static constexpr int kWordBits = 32;
    static constexpr int kWords = kHighest / kWordBits + 1;
    static_assert(std::atomic<uint32_t>::is_always_lock_free);

    SignalWatch() = default;
    ~SignalWatch();  // unsubscribes from all
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    // What a signal rings. Before the first subscribe().
    void set_doorbell(Doorbell* doorbell) noexcept { doorbell_ = doorbell; }

    // Counts: a signal is watched until it has been unsubscribed as often as subscribed.
    // 0; -EINVAL for a signal that cannot be watched; -ENOMEM.
    int subscribe(int signo) noexcept;
    void unsubscribe(int signo) noexcept;

    // As if the signal had arrived. Async-signal-safe.
    void raise(int signo) noexcept;

    bool is_pending() const noexcept { return is_pending_.load(std::memory_order_acquire); }

    // The signals since the last time, as a bit for each number.
    struct Set {
        uint32_t words[kWords];
        bool has(int signo) const noexcept {
            return (words[signo / kWordBits] & bit_of(signo)) != 0;
        }
        bool is_empty() const noexcept {
            uint32_t any = 0;
            for (const uint32_t word : words)
                any |= word;
            return any == 0;
        }
    };
    Set take_pending() noexcept;

private:
    friend class SignalHub;

    static constexpr uint32_t bit_of(int signo) noexcept {
        return uint32_t{1} << (signo % kWordBits);
    }
    bool wants(int signo) const noexcept {
        return (wanted_[signo / kWordBits].load(std::memory_order_relaxed) & bit_of(signo)) != 0;
    }
    void forget_pending() noexcept;

    Doorbell* doorbell_ = nullptr;
    std::atomic<bool> is_pending_ = false;
    std::atomic<uint32_t> pending_[kWords] = {};

    // Of the hub.
    std::atomic<SignalWatch*> next_ = nullptr;
    std::atomic<uint32_t> wanted_[kWords] = {};
    uint32_t wanted_count_ = 0;

    uint32_t subscriptions_[kHighest + 1] = {};
};

}  // namespace pollux
