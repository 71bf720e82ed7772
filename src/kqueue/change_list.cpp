// SPDX-License-Identifier: MIT
#include "kqueue/change_list.hpp"

namespace pollux::kqueue {

int ChangeList::submit(int queue) noexcept {
    if (count_ == 0) return 0;
    // Room for a receipt of every change: FreeBSD and OpenBSD stop at the first that finds none and
    // drop the rest of the list in silence (kqueue_kevent() in sys/kern/kern_event.c).
    KernelEvent receipts[kMost];
    const timespec no_wait{};
    int received;
    do {
        received = call_kevent(queue, changes_, count_, receipts, count_, &no_wait);
        // After EINTR all changes are made but their results are lost (kevent(2)). Made again they
        // do no harm: an add of what is there changes nothing, a delete of what is not is no error
        // here.
    } while (received == -EINTR);
    if (received < 0) return received;
    for (int i = 0; i < count_; ++i) {
        const bool failed = i < received && (receipts[i].flags & EV_ERROR) != 0;
        errors_[i] = failed ? static_cast<int>(receipts[i].data) : 0;
    }
    return 0;
}

}  // namespace pollux::kqueue
