// SPDX-License-Identifier: MIT
// Interest to poll's events, and back to what is reported.
#pragma once

#include "core/backend.hpp"
#include "poll/system.hpp"

#include <poll.h>

namespace pollux::poll {

// POLLRDHUP only beside POLLIN: otherwise a half-closed peer would wake, over and over, a program
// that has turned reading off to let its output drain.
constexpr short to_kernel(uint32_t interest) noexcept {
    int events = 0;
    if ((interest & PLX_READABLE) != 0) events |= POLLIN | kReadClosed;
    if ((interest & PLX_WRITABLE) != 0) events |= POLLOUT;
    if ((interest & PLX_PRIORITY) != 0) events |= POLLPRI;
    return static_cast<short>(events);
}

// POLLNVAL has no counterpart: a closed descriptor is silent on every backend.
constexpr uint32_t from_kernel(short revents) noexcept {
    const int events = revents;
    uint32_t reported = 0;
    if ((events & POLLIN) != 0) reported |= PLX_READABLE;
    if ((events & POLLOUT) != 0) reported |= PLX_WRITABLE;
    if ((events & POLLPRI) != 0) reported |= PLX_PRIORITY;
    if ((events & kReadClosed) != 0) reported |= PLX_READ_CLOSED;
    if ((events & POLLHUP) != 0) reported |= PLX_HANGUP;
    if ((events & POLLERR) != 0) reported |= PLX_ERROR;
    return reported;
}

}  // namespace pollux::poll
