// SPDX-License-Identifier: MIT
// Noticing a fork without a system call. Beside that of signals (loop/signal_watch.cpp) this is the
// only process-wide state of the library: a list of the pollers, so that none is in the middle of a
// change at the moment of the fork, and a number that is one higher in each child.
#pragma once

#include "core/mutex.hpp"

#include <atomic>
#include <cstdint>

namespace pollux {

class ForkGuard {
public:
    // `changes` is held while the process forks.
    explicit ForkGuard(Mutex& changes) noexcept : changes_(changes) {}
    ~ForkGuard();
    ForkGuard(const ForkGuard&) = delete;
    ForkGuard& operator=(const ForkGuard&) = delete;

    // 0 or -ENOMEM. Until then the guard counts as adopted by no process.
    int enlist() noexcept;

    // Has the process forked since enlist() or adopt(), and is this the child?
    bool is_foreign() const noexcept {
        return generation_.load(std::memory_order_relaxed) !=
               current_generation_.load(std::memory_order_relaxed);
    }

    // This process is the owner from now on.
    void adopt() noexcept {
        generation_.store(current_generation_.load(std::memory_order_relaxed),
                          std::memory_order_relaxed);
    }

    static uint32_t current_generation() noexcept {
        return current_generation_.load(std::memory_order_relaxed);
    }

private:
    static void before_fork() noexcept;
    static void after_fork_in_parent() noexcept;
    static void after_fork_in_child() noexcept;
    static int register_handlers() noexcept;

    static std::atomic<uint32_t> current_generation_;

    Mutex& changes_;
    std::atomic<uint32_t> generation_ = 0;
    ForkGuard* next_ = nullptr;
    ForkGuard** link_ = nullptr;
};

}  // namespace pollux
