// SPDX-License-Identifier: MIT
#include "core/mutex.hpp"

namespace pollux {

// Who finds the mutex held says so in the state, and sleeps. It is said and slept on under
// `sleepers_`, and whoever finds it said takes that to wake: no wake can fall in between.
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
    pthread_mutex_lock(&sleepers_);
    // As there may be other sleepers, the state stays kWanted for the next unlock().
    while (state_.exchange(kWanted, std::memory_order_acquire) != kFree) {
        pthread_cond_wait(&freed_, &sleepers_);
    }
    pthread_mutex_unlock(&sleepers_);
}

[[gnu::noinline]] void Mutex::wake_sleeper() noexcept {
    pthread_mutex_lock(&sleepers_);
    pthread_cond_signal(&freed_);
    pthread_mutex_unlock(&sleepers_);
}

void Mutex::unlock_after_fork() noexcept {
    sleepers_ = PTHREAD_MUTEX_INITIALIZER;
    freed_ = PTHREAD_COND_INITIALIZER;
    state_.store(kFree, std::memory_order_release);
}

}  // namespace pollux
