// SPDX-License-Identifier: MIT
// Threads that sleep until they are woken: libc's mutex and condition variable, for ours, which
// come here only when there is nothing else to do.
#pragma once

#include <pthread.h>

namespace pollux {

class Sleepers {
public:
    Sleepers() = default;
    ~Sleepers() {
        pthread_cond_destroy(&woken_);
        pthread_mutex_destroy(&mutex_);
    }
    Sleepers(const Sleepers&) = delete;
    Sleepers& operator=(const Sleepers&) = delete;

    // Sleeps if has_to() says so, with no wake in between. May end for no reason. True if it slept.
    template <typename HasTo>
    bool sleep_if(HasTo has_to) noexcept {
        pthread_mutex_lock(&mutex_);
        const bool sleeps = has_to();
        if (sleeps) pthread_cond_wait(&woken_, &mutex_);
        pthread_mutex_unlock(&mutex_);
        return sleeps;
    }

    [[gnu::noinline]] void wake_one() noexcept {
        pthread_mutex_lock(&mutex_);
        pthread_cond_signal(&woken_);
        pthread_mutex_unlock(&mutex_);
    }
    void wake_all() noexcept {
        pthread_mutex_lock(&mutex_);
        pthread_cond_broadcast(&woken_);
        pthread_mutex_unlock(&mutex_);
    }

    // In a child process, where they are the parent's threads: to destroy it as it is would be to
    // wait for them.
    void forget_after_fork() noexcept {
        mutex_ = PTHREAD_MUTEX_INITIALIZER;
        woken_ = PTHREAD_COND_INITIALIZER;
    }

private:
    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t woken_ = PTHREAD_COND_INITIALIZER;
};

}  // namespace pollux
