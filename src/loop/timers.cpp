// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

#include <cerrno>

namespace pollux {

namespace {

int64_t saturating_add(int64_t now, int64_t delay) noexcept {
    return delay > INT64_MAX - now ? INT64_MAX : now + delay;
}

}  // namespace

int Loop::start_timer(plx_handle* out, int64_t delay, int64_t period, plx_timer_fn fn,
                      void* user) noexcept {
    const plx_handle handle = handles_.open(PLX_KIND_TIMER, user);
    if (handle == 0) return -ENOMEM;
    const auto index = static_cast<uint32_t>(handle);
    Slot& slot = handles_.at(index);
    slot.on_timer = fn;
    slot.timer.period = period;
    const int rc = timers_.set(index, saturating_add(now_, delay));
    if (rc < 0) {
        handles_.close(handle);
        return rc;
    }
    *out = handle;
    return 0;
}

int Loop::set_timer(plx_handle handle, int64_t delay, int64_t period) noexcept {
    Slot* slot = handles_.find(handle, PLX_KIND_TIMER);
    if (slot == nullptr) return -ENOENT;
    const auto index = static_cast<uint32_t>(handle);
    if (delay < 0) {
        timers_.stop(index);
    } else {
        const int rc = timers_.set(index, saturating_add(now_, delay));
        if (rc < 0) return rc;
    }
    slot->timer.period = period;
    return 0;
}

bool Loop::run_timers() noexcept {
    for (;;) {
        const uint32_t index = timers_.take_due(now_);
        if (index == kNoSlot) return true;
        Slot& slot = handles_.at(index);
        const plx_handle handle = handles_.handle_of(index);
        ++stats_.timers_fired;
        const bool goes_on =
            call(PLX_KIND_TIMER, handle, 0, [&] { slot.on_timer(outside(), handle, slot.user); });
        if (!goes_on) return false;
    }
}

}  // namespace pollux
