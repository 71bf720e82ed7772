// SPDX-License-Identifier: MIT
// Interest to kqueue's flags, and kqueue's records back to what is reported.
#pragma once

#include "core/backend.hpp"
#include "kqueue/system.hpp"

namespace pollux::kqueue {

// The flags of every filter of a registration.
constexpr uint32_t to_kernel(uint32_t interest) noexcept {
    uint32_t flags = EV_ADD;
    if ((interest & PLX_EDGE) != 0) flags |= EV_CLEAR;
    if ((interest & PLX_ONESHOT) != 0) flags |= EV_ONESHOT;
    return flags;
}

// 0 for a filter that watches for no condition.
constexpr uint32_t condition_of(Filter filter) noexcept {
    for (const FilterOf& known : kFilters) {
        if (known.filter == filter) return known.condition;
    }
    return 0;
}

// Stands in for a write filter that could not be attached because the other end is gone.
constexpr uint32_t kPeerGone = PLX_WRITABLE | PLX_HANGUP;

// What one record tells. End of file comes with the data that is still unread, so the condition is
// always reported with it. The notes of a record at end of file are the socket's error (kqueue(2)).
constexpr uint32_t from_kernel(Filter filter, uint32_t flags, uint32_t notes) noexcept {
    const bool at_end = (flags & EV_EOF) != 0;
    const uint32_t error = (flags & EV_ERROR) != 0 ? PLX_ERROR : 0;
    const uint32_t error_at_end = at_end && notes != 0 ? PLX_ERROR : error;
    switch (condition_of(filter)) {
        case PLX_READABLE:
            return PLX_READABLE | (at_end ? PLX_READ_CLOSED : 0) | error_at_end;
        case PLX_WRITABLE:
            return PLX_WRITABLE | (at_end ? PLX_HANGUP : 0) | error_at_end;
        case PLX_PRIORITY:
            // OpenBSD's filter also fires at the end of a pipe, with no notes.
            return (at_end && notes == 0 ? PLX_HANGUP : PLX_PRIORITY) | error;
        default:
            return kUserFilter.is_defined && filter == kUserFilter.filter ? kPeerGone : 0;
    }
}

// What all records of one descriptor tell together.
constexpr uint32_t settle(uint32_t events, uint32_t interest) noexcept {
    if ((interest & PLX_READABLE) == 0) {
        // A read filter that was not asked for is such a stand-in too.
        return (events & PLX_READABLE) != 0 ? kPeerGone : events;
    }
    // The write filter is at its end after this side's own shutdown(2) too, while the peer goes on
    // sending. That is no hang-up as long as the read filter does not say the same.
    const bool own_shutdown = (events & PLX_WRITABLE) != 0 && (events & PLX_READ_CLOSED) == 0;
    return own_shutdown ? events & ~PLX_HANGUP : events;
}

}  // namespace pollux::kqueue
