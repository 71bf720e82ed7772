// SPDX-License-Identifier: MIT
#include "core/mutex.hpp"

namespace pollux {

// Who finds the mutex held says so in the state, and sleeps; whoever finds it said wakes one.
[[gnu::noinline]] void Mutex::lock_slowly() noexcept {
    // What it guards takes less time than going to sleep.
    constexpr int kSpins = 64;
    for (int spin = 0; spin < kSpins; ++spin) {
        uint32_t state = state_.load(std::memory_order_relaxed);
        if (state != kFree) continue;
        if (state_.compare_exchange_weak(state, kHeld, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
            return;
        }
    }
    // As there may be other sleepers, the state stays kWanted for the next unlock().
    const auto is_held = [&] {
        return state_.exchange(kWanted, std::memory_order_acquire) != kFree;
    };
    while (sleepers_.sleep_if(is_held)) {
    }
}

void Mutex::unlock_after_fork() noexcept {
    sleepers_.forget_after_fork();
    state_.store(kFree, std::memory_order_release);
}

}  // namespace pollux
