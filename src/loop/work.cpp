// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

#include <cerrno>
#include <utility>

namespace pollux {

// On failure the item stays the caller's.
int Loop::start_work(plx_handle* out, WorkItem* item) noexcept {
    const plx_handle handle = handles_.open(PLX_KIND_WORK, nullptr);
    if (handle == 0) return -ENOMEM;
    item->handle = handle;
    handles_.find(handle)->work = item;
    const int rc = work_.submit(item);
    if (rc < 0) {
        handles_.close(handle);
        return rc;
    }
    if (out != nullptr) *out = handle;
    return 0;
}

int Loop::cancel_work(plx_handle handle, Slot& slot) noexcept {
    WorkItem* item = slot.work;
    if (!work_.cancel(item)) return -EBUSY;
    handles_.close(handle);
    ++stats_.work_done;
    call(PLX_KIND_WORK, handle, 0, [&] { item->finish(outside(), -ECANCELED); });
    delete item;
    return 0;
}

bool Loop::run_work() noexcept {
    unrun_work_ = work_.take_done();
    while (unrun_work_ != nullptr) {
        WorkItem* item = std::exchange(unrun_work_, unrun_work_->next);
        handles_.close(item->handle);
        ++stats_.work_done;
        const bool goes_on =
            call(PLX_KIND_WORK, item->handle, 0, [&] { item->finish(outside(), 0); });
        delete item;
        if (!goes_on) return false;
    }
    return true;
}

}  // namespace pollux
