// SPDX-License-Identifier: MIT
// What other threads have posted: an array that they fill, and one that the loop runs, which change
// places. A list without a lock would be an allocation here and a free in another thread for each
// post, which costs more than the lock.
#pragma once

#include "core/buffer.hpp"
#include "core/fork.hpp"
#include "core/mutex.hpp"
#include "loop/doorbell.hpp"
#include "pollux/pollux.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace pollux {

struct Post {
    plx_post_fn fn;
    void* user;
};

// The padding keeps apart what two threads change.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
class PostBox {
public:
    PostBox() noexcept : fork_guard_(mutex_) {}

    // 0 or -ENOMEM.
    int open() noexcept { return fork_guard_.enlist(); }

    // Any thread. 1 if the box was empty: whoever puts in the first wakes the loop; else 0, or
    // -ENOMEM, or -EINVAL in a child process before after_fork().
    int push(const Post& post) noexcept {
        if (fork_guard_.is_foreign()) return -EINVAL;
        Lock lock(mutex_);
        if (!arrived_.push(post)) return -ENOMEM;
        const bool is_first = arrived_.size() == 1;
        if (is_first) is_empty_.store(false, std::memory_order_relaxed);
        return is_first;
    }

    // Everybody's, not that of posts alone: here, in the line that the first post changes.
    Doorbell& doorbell() noexcept { return doorbell_; }

    bool is_empty() const noexcept { return is_empty_.load(std::memory_order_relaxed); }

    // To be had from next() are now those that have arrived; all before them have been.
    void take_all() noexcept {
        if (is_empty()) return;
        give_back_what_is_idle();
        taken_.clear();
        next_ = 0;
        Lock lock(mutex_);
        taken_.swap(arrived_);
        is_empty_.store(true, std::memory_order_relaxed);
    }

    // Oldest first: those of one thread in the order of their pushes. False if there is none.
    bool next(Post* out) noexcept {
        if (next_ == taken_.size()) return false;
        *out = taken_[next_++];
        return true;
    }

    // In a child process: drops all.
    void after_fork() noexcept {
        fork_guard_.adopt();
        next_ = taken_.size();
        arrived_.clear();
        is_empty_.store(true, std::memory_order_relaxed);
    }

private:
    static constexpr size_t kLarge = 16384;
    static constexpr uint32_t kIdleTakes = 64;

    // The memory of a burst is kept for the next one: to have it anew costs more than the posts.
    void give_back_what_is_idle() noexcept {
        const bool is_idle = taken_.capacity() > kLarge && taken_.size() < taken_.capacity() / 8;
        idle_takes_ = is_idle ? idle_takes_ + 1 : 0;
        if (idle_takes_ < kIdleTakes) return;
        taken_.release();
        idle_takes_ = 0;
    }

    // Each group below has lines of its own, because different threads change them.
    static constexpr size_t kCacheLine = 64;

    // Of those who post. What changes with a post, the mutex too, is in one line, which goes to and
    // fro between processors.
    alignas(kCacheLine) Buffer<Post> arrived_;
    Mutex mutex_;  // guards arrived_
    ForkGuard fork_guard_;

    // What changes with the first post only, and the loop looks at time and again.
    alignas(kCacheLine) std::atomic<bool> is_empty_ = true;
    Doorbell doorbell_;

    // Of the loop.
    alignas(kCacheLine) Buffer<Post> taken_;
    size_t next_ = 0;
    uint32_t idle_takes_ = 0;  // in a row that found their array much larger than needed
};

}  // namespace pollux
