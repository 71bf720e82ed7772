// SPDX-License-Identifier: MIT
// What all kinds of handles share.
#include "loop/loop.hpp"

#include <cerrno>

namespace pollux {

int Loop::close(plx_handle handle) noexcept {
    Slot* slot = handles_.find(handle);
    if (slot == nullptr) return -ENOENT;
    if (slot->kind == PLX_KIND_TIMER) {
        timers_.close(*slot);
        return 0;
    }
    if (slot->kind == PLX_KIND_WORK) return cancel_work(handle, *slot);
    release(handle, *slot);
    handles_.close(*slot);
    return 0;
}

// Lets go of what the slot holds outside of the table.
void Loop::release(plx_handle handle, Slot& slot) noexcept {
    switch (slot.kind) {
        case PLX_KIND_IO:
            unwatch(slot.io.fd);
            break;
        case PLX_KIND_SIGNAL:
            release_signal(handle, slot);
            break;
        case PLX_KIND_CHILD:
            release_child(handle, slot);
            break;
        default:
            break;
    }
}

void Loop::unwatch(int fd) noexcept {
    if (poller_->is_foreign()) {
        poller_->forget(fd);
    } else {
        poller_->remove(fd);
    }
}

int Loop::set_unref(plx_handle handle, bool is_unref) noexcept {
    Slot* slot = handles_.find(handle);
    if (slot == nullptr) return -ENOENT;
    handles_.set_unref(*slot, is_unref);
    return 0;
}

void Loop::read_stats(plx_loop_stats* out) noexcept {
    *out = stats_;
    const WorkPool::Counts work = work_.counts();
    out->work_queued = work.queued;
    out->work_running = work.running;
    out->work_threads = work.threads;
    out->io_handles = handles_.count(PLX_KIND_IO);
    out->timer_handles = handles_.count(PLX_KIND_TIMER);
    out->active_timers = handles_.active_timers();
    out->signal_handles = handles_.count(PLX_KIND_SIGNAL);
    out->child_handles = handles_.count(PLX_KIND_CHILD);
    out->work_handles = handles_.count(PLX_KIND_WORK);
}

}  // namespace pollux
