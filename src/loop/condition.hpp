// SPDX-License-Identifier: MIT
// A condition variable over libc, for the mutex of core/mutex.hpp.
#pragma once

#include "core/mutex.hpp"

#include <pthread.h>

namespace pollux {

class Condition {
public:
    Condition() = default;
    ~Condition() { pthread_cond_destroy(&condition_); }
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    void wait(Mutex& mutex) noexcept { pthread_cond_wait(&condition_, mutex.native()); }
    void notify_one() noexcept { pthread_cond_signal(&condition_); }
    void notify_all() noexcept { pthread_cond_broadcast(&condition_); }

    // In a child process, where those who waited are the parent's threads: to destroy it would be
    // to wait for them.
    void reset_after_fork() noexcept { condition_ = PTHREAD_COND_INITIALIZER; }

private:
    pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

}  // namespace pollux
