// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

namespace pollux {

int Loop::after_fork() noexcept {
    if (!poller_->is_foreign()) return 0;
    const int rc = poller_->after_fork();
    if (rc < 0) return rc;
    // From here on nothing fails.
    handles_.for_each([&](plx_handle handle, Slot& slot) {
        if (slot.kind == PLX_KIND_CHILD) {
            drop_child(handle, slot, true);
            handles_.close(handle);
        } else if (slot.kind == PLX_KIND_WORK) {
            handles_.close(handle);
        }
    });
    work_.after_fork();
    drop_posts();
    // Signals since the fork could not wake the poller of the parent.
    if (signals_.is_pending()) poller_->wake();
    return 0;
}

}  // namespace pollux
