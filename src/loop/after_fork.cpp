// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

namespace pollux {

int Loop::after_fork() noexcept {
    if (!poller_->is_foreign()) return 0;
    // First, so that their descriptors, which may be free numbers here, are not registered again.
    handles_.for_each([&](plx_handle handle, Slot& slot) {
        if (slot.kind == PLX_KIND_CHILD) close(handle);
    });
    const int rc = poller_->after_fork();
    if (rc < 0) return rc;
    handles_.for_each([&](plx_handle, Slot& slot) {
        if (slot.kind == PLX_KIND_WORK) handles_.close(slot);
    });
    work_.after_fork();
    posts_.after_fork();
    // The loop may have been at work in a thread that does not exist here, and signals since the
    // fork could not wake the poller of the parent.
    hear_rings();
    return 0;
}

}  // namespace pollux
