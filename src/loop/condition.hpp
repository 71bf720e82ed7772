// SPDX-License-Identifier: MIT
// A condition variable for the mutex of core/mutex.hpp. All of it is called with that mutex held.
#pragma once

#include "core/mutex.hpp"
#include "core/sleepers.hpp"

namespace pollux {

class Condition {
public:
    // May end for no reason.
    void wait(Mutex& mutex) noexcept {
        sleepers_.sleep_if([&] {
            mutex.unlock();
            return true;
        });
        mutex.lock();
    }
    void notify_one() noexcept { sleepers_.wake_one(); }
    void notify_all() noexcept { sleepers_.wake_all(); }

    // In a child process.
    void reset_after_fork() noexcept { sleepers_.forget_after_fork(); }

private:
    Sleepers sleepers_;
};

}  // namespace pollux
