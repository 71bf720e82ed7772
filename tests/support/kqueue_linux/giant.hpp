// SPDX-License-Identifier: MIT
// The one lock of this kqueue. Whoever holds it has all signals blocked: kevent() is a system call
// on BSD, so a signal handler may call it, and must not meet a lock of its own thread.
#pragma once

#include <signal.h>

#include <mutex>

namespace kqueue_linux {

class Giant {
public:
    Giant() noexcept;
    ~Giant();
    Giant(const Giant&) = delete;
    Giant& operator=(const Giant&) = delete;

    // For a sleep. Signals stay blocked.
    void unlock() noexcept { mutex().unlock(); }
    void lock() noexcept { mutex().lock(); }

    const sigset_t& callers_signals() const noexcept { return callers_signals_; }

private:
    static std::mutex& mutex() noexcept;

    sigset_t callers_signals_;
};

}  // namespace kqueue_linux
