// SPDX-License-Identifier: MIT
// The filters: what can be watched, and whether its condition holds at this moment.
#pragma once

#include "descriptors.hpp"

#include <sys/event.h>

#include <cstdint>

namespace kqueue_linux {

// Where epoll tells of changes for this kind of file.
enum class Notice : uint8_t {
    kEpoll,
    // Regular files and directories, which epoll refuses: looked at in each call.
    kNone,
};

struct Knote {
    uintptr_t ident = 0;
    short filter = 0;
    // The modes as the first EV_ADD gave them; no later change reaches them.
    unsigned short flags = 0;
    // fflags and data as the last change gave them.
    unsigned int wanted = 0;
    int64_t parameter = 0;
    void* udata = nullptr;

    bool triggered = false;  // EVFILT_USER
    UniqueFd process;        // EVFILT_PROC: a pidfd
    Notice notice = Notice::kEpoll;

    bool disabled = false;
    // Something happened since the last report. A disabled knote remembers it.
    bool active = false;
    // In the list of what is to be looked at, and reported.
    bool queued = false;
};

struct Condition {
    bool holds = false;
    bool eof = false;
    unsigned int fflags = 0;
    int64_t data = 0;
};

constexpr bool is_file_filter(short filter) noexcept {
    return filter == EVFILT_READ || filter == EVFILT_WRITE || filter == EVFILT_EXCEPT;
}

constexpr bool is_known_filter(short filter) noexcept {
    return is_file_filter(filter) || filter == EVFILT_PROC || filter == EVFILT_USER;
}

// Prepares a new knote: 0 or an errno.
int attach(Knote& knote) noexcept;

Condition look(const Knote& knote) noexcept;

// A change to a user event that exists already.
void touch_user_event(Knote& knote, const struct kevent& change) noexcept;

}  // namespace kqueue_linux
