// SPDX-License-Identifier: MIT
// A mutex that is two atomic operations when nobody else wants it: libc's takes five times as many
// instructions, and it is paid for by each change of an interest and each post. (std::mutex reports
// failure by exception, which would tie the library to the C++ runtime.)
#pragma once

#include "core/sleepers.hpp"

#include <atomic>
#include <cstdint>

namespace pollux {

class Mutex {
public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() noexcept {
        uint32_t state = kFree;
        const bool is_ours = state_.compare_exchange_strong(state, kHeld, std::memory_order_acquire,
                                                            std::memory_order_relaxed);
        if (!is_ours) [[unlikely]]
            lock_slowly();
    }

    void unlock() noexcept {
        const uint32_t state = state_.exchange(kFree, std::memory_order_release);
        if (state == kWanted) [[unlikely]]
            sleepers_.wake_one();
    }

    // In a child process, of a mutex that the thread held when it forked: unlocks it. Those who
    // waited for it are the parent's threads, and may have been anywhere.
    void unlock_after_fork() noexcept;

private:
    static constexpr uint32_t kFree = 0;
    static constexpr uint32_t kHeld = 1;
    static constexpr uint32_t kWanted = 2;  // held, and there may be sleepers

    void lock_slowly() noexcept;

    std::atomic<uint32_t> state_ = kFree;
    Sleepers sleepers_;
};

class [[nodiscard]] Lock {
public:
    explicit Lock(Mutex& mutex) noexcept : mutex_(mutex) { mutex_.lock(); }
    ~Lock() { mutex_.unlock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    Mutex& mutex_;
};

}  // namespace pollux
