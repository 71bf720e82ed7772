// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

#include <cerrno>
#include <utility>

namespace pollux {

// On failure the item stays the caller's.
int Loop::start_work(plx_handle* out, WorkItem* item) noexcept {
    if (poller_->is_foreign()) return -EINVAL;
    Slot* slot = handles_.open(PLX_KIND_WORK, nullptr);
    if (slot == nullptr) return -ENOMEM;
    const plx_handle handle = slot->handle;
    item->handle = handle;
    slot->work = item;
    const int rc = work_.submit(item);
    if (rc < 0) {
        handles_.close(*slot);
        return rc;
    }
    if (out != nullptr) *out = handle;
    return 0;
}

int Loop::cancel_work(plx_handle, Slot& slot) noexcept {
    WorkItem* item = slot.work;
    if (!work_.cancel(item)) return -EBUSY;
    // Outside of a run, too, the callback can neither run the loop nor destroy it right now.
    const bool was_running = is_running_.exchange(true, std::memory_order_acquire);
    end_work(item, -ECANCELED);
    if (was_running) return 0;
    is_running_.store(false, std::memory_order_release);
    if (is_destroyed()) delete this;
    return 0;
}

bool Loop::run_work() noexcept {
    while (unrun_work_ != nullptr) {
        WorkItem* item = std::exchange(unrun_work_, unrun_work_->next);
        if (!end_work(item, 0)) return false;
    }
    return true;
}

// False if the callback has destroyed the loop.
bool Loop::end_work(WorkItem* item, int status) noexcept {
    const plx_handle handle = item->handle;
    bool goes_on = true;
    // In a child process, after_fork() within a callback has closed the others of the batch.
    if (Slot* slot = handles_.find(handle)) {
        handles_.close(*slot);
        ++stats_.work_done;
        goes_on = call(PLX_KIND_WORK, handle, 0, [&] { item->finish(outside(), status); });
    }
    delete item;
    return goes_on;
}

}  // namespace pollux
