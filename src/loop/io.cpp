// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

#include <cerrno>
#include <utility>

namespace pollux {

namespace {

// After a one-shot event. Not an interest, so that setting the same one again reaches the kernel.
constexpr uint32_t kDisarmed = 0xFFFF'FFFF;

constexpr bool is_oneshot(uint32_t interest) noexcept {
    return (interest & PLX_ONESHOT) != 0;
}

// A descriptor that is armed again before the iteration of its event is over need never have been
// disarmed in the kernel: to whoever waits only between iterations it makes no difference. So from
// the first time on that this happens it stays armed, and is disarmed before a wait if it has to.
// What is edge-triggered has to be armed for the kernel to look at it again.
constexpr bool may_stay_armed(uint32_t interest) noexcept {
    return (interest & (PLX_ONESHOT | PLX_EDGE)) == PLX_ONESHOT;
}
constexpr uint32_t armed_for_good(uint32_t interest) noexcept {
    return interest & ~PLX_ONESHOT;
}

constexpr uint32_t for_kernel(const IoState& io, uint32_t iteration) noexcept {
    if (!may_stay_armed(io.wanted)) return io.wanted;
    const bool stays = io.fired_in == iteration || io.applied == armed_for_good(io.wanted);
    return stays ? armed_for_good(io.wanted) : io.wanted;
}

// What an event may say under an interest.
constexpr uint32_t reportable(uint32_t interest) noexcept {
    const uint32_t conditions = interest & (PLX_READABLE | PLX_WRITABLE | PLX_PRIORITY);
    if (conditions == 0) return 0;
    const uint32_t read_closed = (interest & PLX_READABLE) != 0 ? PLX_READ_CLOSED : 0;
    return conditions | read_closed | PLX_HANGUP | PLX_ERROR;
}

}  // namespace

int Loop::start_io(plx_handle* out, int fd, uint32_t interest, plx_io_fn fn, void* user) noexcept {
    Slot* slot = handles_.open(PLX_KIND_IO, user);
    if (slot == nullptr) return -ENOMEM;
    const int rc = poller_->add(fd, slot->handle, interest);
    if (rc < 0) {
        handles_.close(*slot);
        return rc;
    }
    slot->on_io = fn;
    slot->io = {fd, interest, interest, 0};
    slot->is_plain_io = !is_oneshot(interest);
    *out = slot->handle;
    return 0;
}

int Loop::set_io(plx_handle handle, uint32_t interest) noexcept {
    Slot* slot = handles_.find(handle, PLX_KIND_IO);
    if (slot == nullptr) return -ENOENT;
    const int rc = poller_->check_interest(interest);
    if (rc < 0) return rc;
    if (!slot->is_listed) {
        if (interest == slot->io.wanted && slot->io.applied != kDisarmed) return 0;
        if (!changed_.push(handle)) return -ENOMEM;
        slot->is_listed = true;
        slot->is_plain_io = false;
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
        slot->is_plain_io = !is_oneshot(io.wanted);
        const uint32_t interest = for_kernel(io, iteration());
        if (interest == io.applied) continue;
        ++stats_.interest_changes;
        io.applied = interest;
        // What was refused takes the front of the list, which has been read.
        if (interest == kDisarmed) {
            disarm(handle, io.fd);
        } else if (poller_->modify(io.fd, handle, interest) < 0) {
            changed_[refused++] = handle;
        }
    }
    changed_.resize_within_capacity(refused);
    refused_ = refused;
}

void Loop::disarm(plx_handle handle, int fd) noexcept {
    // Refused is what was closed. A duplicate may keep it ready; nobody asked to hear of that.
    if (poller_->modify(fd, handle, 0) < 0) poller_->remove(fd);
}

// After an event of one that has stayed armed.
void Loop::spend(plx_handle handle, Slot& slot) noexcept {
    slot.io.wanted = kDisarmed;
    slot.io.fired_in = iteration();
    slot.is_listed = changed_.push(handle);
    if (slot.is_listed) return;
    slot.io.applied = kDisarmed;
    disarm(handle, slot.io.fd);
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
    IoState& io = slot.io;
    if (io.wanted == kDisarmed) return true;
    if (is_oneshot(io.applied)) {
        io.applied = kDisarmed;
        io.fired_in = iteration();
    }
    if (slot.is_listed) {
        // The interest was changed after the event had come. What it no longer covers is left out;
        // should it be wanted again before the wait, the kernel is asked anew.
        const uint32_t covered = events & reportable(io.wanted);
        if (covered != events) io.applied = kDisarmed;
        if (covered == 0) return true;
        events = covered;
    } else if (is_oneshot(io.wanted) && io.applied != kDisarmed) {
        spend(handle, slot);
    }
    ++stats_.io_events;
    return call(PLX_KIND_IO, handle, events,
                [&] { slot.on_io(outside(), handle, events, slot.user); });
}

// Up to the first that is not simply to be passed on; returns where that is. Each instruction
// counts here: this is what the loop costs for each event.
inline const plx_event* Loop::run_plain_events(const plx_event* event,
                                               const plx_event* end) noexcept {
    const HandleTable::View handles = handles_.view();
    for (; event != end; ++event) {
        Slot* slot = handles.find(event->token);
        if (slot == nullptr || !slot->is_plain_io) break;
        ++stats_.io_events;
        slot->on_io(outside(), event->token, event->events, slot->user);
        if (marks_ != 0) return event + 1;
    }
    return event;
}

bool Loop::run_events(int count) noexcept {
    const plx_event* event = events_.data();
    const plx_event* const end = event + count;
    for (;;) {
        if (marks_ == 0) event = run_plain_events(event, end);
        if (is_destroyed()) return false;
        if (event == end) return true;
        if (!run_event(*event++)) return false;
    }
}

bool Loop::run_event(const plx_event& event) noexcept {
    Slot* slot = handles_.find(event.token);
    // Closed by an earlier callback of this iteration, or a wake, whose token is no handle.
    if (slot == nullptr) {
        stats_.wakes += (event.events & PLX_WOKEN) != 0;
        return true;
    }
    return slot->kind == PLX_KIND_IO ? run_io(event.token, *slot, event.events)
                                     : run_child(event.token, *slot);
}

}  // namespace pollux
