// SPDX-License-Identifier: MIT
// What ends a wait from another thread: an event of the user's where the kernel has them, else a
// pipe.
#pragma once

#include "core/wake_channel.hpp"
#include "kqueue/kevent.hpp"

namespace pollux::kqueue {

class WakeEvent {
public:
    // 0 or a negated errno.
    int open(int queue) noexcept;

    // Async-signal-safe. 0 or a negated errno.
    int signal(int queue) const noexcept;

    // Is this record a wake? If so, it is over with that.
    bool takes(const KernelEvent& record) const noexcept;

    bool is_own(int fd) const noexcept { return fd == pipe_.fd(); }

    // Does the kernel have events of the user's?
    bool has_user_filter() const noexcept { return !is_pipe_; }

private:
    int register_in(int queue) const noexcept;
    bool works(int queue) const noexcept;

    Ident ident_ = 0;
    Filter filter_ = 0;
    bool is_pipe_ = false;
    WakeChannel pipe_;
};

}  // namespace pollux::kqueue
