// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

#include <cerrno>
#include <utility>

namespace pollux {

namespace {

// Not an interest, so that setting the same one again reaches the kernel.
constexpr uint32_t kDisarmed = 0xFFFF'FFFF;

}  // namespace

int Loop::start_io(plx_handle* out, int fd, uint32_t interest, plx_io_fn fn, void* user) noexcept {
    const plx_handle handle = handles_.open(PLX_KIND_IO, user);
    if (handle == 0) return -ENOMEM;
    const int rc = poller_->add(fd, handle, interest);
    if (rc < 0) {
        handles_.close(handle);
        return rc;
    }
    Slot& slot = *handles_.find(handle);
    slot.on_io = fn;
    slot.io = {fd, interest, interest};
    *out = handle;
    return 0;
}

int Loop::set_io(plx_handle handle, uint32_t interest) noexcept {
    Slot* slot = handles_.find(handle, PLX_KIND_IO);
    if (slot == nullptr) return -ENOENT;
    const int rc = poller_->check_interest(interest);
    if (rc < 0) return rc;
    if (!slot->is_listed) {
        if (interest == slot->io.applied) return 0;
        if (!changed_.push(handle)) return -ENOMEM;
        slot->is_listed = true;
    }
    slot->io.wanted = interest;
    return 0;
}

// The kernel learns once an iteration what has really changed by then.
void Loop::apply_changes() noexcept {
    size_t refused = 0;
    for (const plx_handle handle : changed_) {
        Slot* slot = handles_.find(handle);
        if (slot == nullptr) continue;  // closed meanwhile
        slot->is_listed = false;
        IoState& io = slot->io;
        if (io.wanted == io.applied) continue;
        const int rc = poller_->modify(io.fd, handle, io.wanted);
        ++stats_.interest_changes;
        io.applied = io.wanted;
        // What was refused takes the front of the list, which has been read.
        if (rc < 0) changed_[refused++] = handle;
    }
    changed_.resize_within_capacity(refused);
    refused_ = refused;
}

// The front of the list of changes; callbacks add to its end.
bool Loop::report_refused_changes() noexcept {
    const size_t count = std::exchange(refused_, 0);
    for (size_t i = 0; i < count; ++i) {
        const plx_handle handle = changed_[i];
        Slot* slot = handles_.find(handle);
        if (slot != nullptr && !run_io(handle, *slot, PLX_ERROR)) return false;
    }
    changed_.erase(0, count);
    return true;
}

bool Loop::run_io(plx_handle handle, Slot& slot, uint32_t events) noexcept {
    if ((slot.io.applied & PLX_ONESHOT) != 0) slot.io.applied = kDisarmed;
    ++stats_.io_events;
    return call(PLX_KIND_IO, handle, events,
                [&] { slot.on_io(outside(), handle, events, slot.user); });
}

bool Loop::run_events(int count) noexcept {
    for (int i = 0; i < count; ++i) {
        const plx_event event = events_[static_cast<size_t>(i)];
        // Closed by an earlier callback of this iteration, or a wake, whose token is no handle.
        Slot* slot = handles_.find(event.token);
        if (slot == nullptr) {
            stats_.wakes += (event.events & PLX_WOKEN) != 0;
            continue;
        }
        const bool goes_on = slot->kind == PLX_KIND_IO ? run_io(event.token, *slot, event.events)
                                                       : run_child(event.token, *slot);
        if (!goes_on) return false;
    }
    return true;
}

}  // namespace pollux
