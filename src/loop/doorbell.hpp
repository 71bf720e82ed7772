// SPDX-License-Identifier: MIT
// How others get the loop's attention. A loop at work looks for itself before it waits again, and
// need not be woken by a system call.
#pragma once

#include "core/poller.hpp"

#include <atomic>
#include <cstdint>

namespace pollux {

class Doorbell {
public:
    // Before the first ring().
    void set_poller(Poller* poller) noexcept {
        poller_ = poller;
        poller->report_each_wake();
    }

    // What the caller has written before, the loop will see. Any thread; async-signal-safe. 0 or a
    // negated errno.
    int ring() noexcept {
        // Not a load: of this and the exchange in expect_rings() one comes first. Either this one
        // does, and the loop sees what was written; or this finds a loop that is about to wait, and
        // nobody has to wake it after this.
        const bool is_attentive = is_attentive_.exchange(true, std::memory_order_acq_rel);
        return is_attentive ? 0 : poller_->wake_now();
    }

    // The loop's thread, between two waits: from here on rings are not heard ...
    void ignore_rings() noexcept { is_attentive_.store(true, std::memory_order_relaxed); }
    // ... until here. What was written before one that was not heard is to be looked for after.
    void expect_rings() noexcept { is_attentive_.exchange(false, std::memory_order_acq_rel); }

private:
    Poller* poller_ = nullptr;
    std::atomic<bool> is_attentive_ = false;
};

}  // namespace pollux
