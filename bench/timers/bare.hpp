// SPDX-License-Identifier: MIT
// What orders the timers, with the records of the loop and no loop around it.
#pragma once

#include "loop/handle_table.hpp"
#include "support/process.hpp"
#include "work/timers.hpp"

#include <cstdlib>

namespace bench {

template <typename Queue>
class BareTimers {
public:
    explicit BareTimers(size_t count)
        : handles_of_(allocate<plx_handle>(count)), now_(wall_clock()), queue_(handles_, now_) {}
    ~BareTimers() { std::free(handles_of_); }
    BareTimers(const BareTimers&) = delete;
    BareTimers& operator=(const BareTimers&) = delete;

    void update_now() { now_ = wall_clock(); }
    void start(size_t i, int64_t delay_ns) {
        pollux::Slot& slot = *handles_.open(PLX_KIND_TIMER, &left_);
        slot.on_timer = fire;
        slot.timer.period = 0;
        queue_.set(slot, now_ + delay_ns);
        handles_of_[i] = slot.handle;
    }
    void restart(size_t i, int64_t delay_ns) {
        queue_.set(*handles_.find(handles_of_[i]), now_ + delay_ns);
    }
    void cancel(size_t i) { queue_.close(*handles_.find(handles_of_[i])); }
    void fire_all(size_t count) {
        left_ = count;
        while (left_ != 0) {
            queue_.gather(now_);
            while (pollux::Slot* slot = queue_.take_due(now_))
                slot->on_timer(nullptr, slot->handle, slot->user);
        }
    }

private:
    static void fire(plx_loop*, plx_handle, void* user) { --*static_cast<size_t*>(user); }

    plx_handle* handles_of_;
    int64_t now_;
    pollux::HandleTable handles_;
    Queue queue_;
    size_t left_ = 0;
};

}  // namespace bench
