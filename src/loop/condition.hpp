// SPDX-License-Identifier: MIT
// A condition variable for the mutex of core/mutex.hpp. All of it is called with that mutex held.
#pragma once

#include "core/mutex.hpp"

#include <pthread.h>

namespace pollux {

class Condition {
public:
    Condition() = default;
    ~Condition() {
        pthread_cond_destroy(&condition_);
        pthread_mutex_destroy(&sleepers_);
    }
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    // May end for no reason.
    void wait(Mutex& mutex) noexcept {
        // Held from before the mutex is free until the sleep has begun, and by whoever notifies: no
        // notification falls in between.
        pthread_mutex_lock(&sleepers_);
        mutex.unlock();
        pthread_cond_wait(&condition_, &sleepers_);
        pthread_mutex_unlock(&sleepers_);
        mutex.lock();
    }
    void notify_one() noexcept {
        pthread_mutex_lock(&sleepers_);
        pthread_cond_signal(&condition_);
        pthread_mutex_unlock(&sleepers_);
    }
    void notify_all() noexcept {
        pthread_mutex_lock(&sleepers_);
        pthread_cond_broadcast(&condition_);
        pthread_mutex_unlock(&sleepers_);
    }

    // In a child process, where those who waited are the parent's threads: to destroy it would be
    // to wait for them.
    void reset_after_fork() noexcept {
        sleepers_ = PTHREAD_MUTEX_INITIALIZER;
        condition_ = PTHREAD_COND_INITIALIZER;
    }

private:
    pthread_mutex_t sleepers_ = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

}  // namespace pollux
