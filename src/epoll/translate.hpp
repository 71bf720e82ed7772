// SPDX-License-Identifier: MIT
// Interest to epoll's events, and back to what is reported.
#pragma once

#include "core/backend.hpp"

#include <sys/epoll.h>

namespace pollux::epoll {

// EPOLLRDHUP only beside EPOLLIN: otherwise a half-closed peer would wake, over and over, a program
// that has turned reading off to let its output drain. EPOLLEXCLUSIVE does not go with EPOLLRDHUP
// (EINVAL, epoll_ctl(2)).
constexpr uint32_t to_kernel(uint32_t interest) noexcept {
    uint32_t events = 0;
    if ((interest & PLX_READABLE) != 0) events |= EPOLLIN;
    if ((interest & PLX_WRITABLE) != 0) events |= EPOLLOUT;
    if ((interest & PLX_PRIORITY) != 0) events |= EPOLLPRI;
    if ((interest & PLX_EDGE) != 0) events |= EPOLLET;
    if ((interest & PLX_ONESHOT) != 0) events |= EPOLLONESHOT;
    if ((interest & PLX_EXCLUSIVE) != 0) {
        events |= EPOLLEXCLUSIVE;
    } else if ((interest & PLX_READABLE) != 0) {
        events |= EPOLLRDHUP;
    }
    return events;
}

// The bits have the same values on both sides, so this compiles to a mask.
constexpr uint32_t from_kernel(uint32_t events) noexcept {
    uint32_t reported = 0;
    if ((events & EPOLLIN) != 0) reported |= PLX_READABLE;
    if ((events & EPOLLOUT) != 0) reported |= PLX_WRITABLE;
    if ((events & EPOLLPRI) != 0) reported |= PLX_PRIORITY;
    if ((events & EPOLLRDHUP) != 0) reported |= PLX_READ_CLOSED;
    if ((events & EPOLLHUP) != 0) reported |= PLX_HANGUP;
    if ((events & EPOLLERR) != 0) reported |= PLX_ERROR;
    return reported;
}

}  // namespace pollux::epoll
