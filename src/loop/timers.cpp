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
    return timers_.start(out, saturating_add(now(), delay), period, fn, user);
}

int Loop::set_timer(plx_handle handle, int64_t delay, int64_t period) noexcept {
    Slot* slot = handles_.find(handle, PLX_KIND_TIMER);
    if (slot == nullptr) return -ENOENT;
    if (delay < 0) {
        timers_.stop(*slot);
    } else {
        const int rc = timers_.set(*slot, saturating_add(now(), delay));
        if (rc < 0) return rc;
    }
    slot->timer.period = period;
    return 0;
}

bool Loop::run_timers() noexcept {
    for (;;) {
        Slot* slot = timers_.take_due(now());
        if (slot == nullptr) return true;
        const plx_handle handle = slot->handle;
        ++stats_.timers_fired;
        const bool goes_on =
            call(PLX_KIND_TIMER, handle, 0, [&] { slot->on_timer(outside(), handle, slot->user); });
        if (!goes_on) return false;
    }
}

}  // namespace pollux
