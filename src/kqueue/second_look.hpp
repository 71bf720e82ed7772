// SPDX-License-Identifier: MIT
// The kernel hands out the two directions of a descriptor as two records, and when there is no room
// for all of them the second may stay behind. poll(2) tells at once whether it would have come. The
// record stays in the kernel's queue: an edge may be reported twice by this, and none is lost.
#pragma once

#include "kqueue/batch.hpp"

#include <poll.h>

#include <cstdint>

namespace pollux::kqueue {

class SecondLook {
public:
    // Is `events[index]` ready for one of `conditions` as well?
    void ask(int index, int fd, uint32_t conditions) noexcept {
        int wanted = 0;
        if ((conditions & PLX_READABLE) != 0) wanted |= POLLIN;
        if ((conditions & PLX_WRITABLE) != 0) wanted |= POLLOUT;
        if ((conditions & PLX_PRIORITY) != 0) wanted |= POLLPRI;
        index_[count_] = static_cast<uint16_t>(index);
        fds_[count_++] = {fd, static_cast<short>(wanted), 0};
    }

    // Adds the answers to `events`.
    void run(plx_event* events) noexcept {
        if (count_ == 0 || poll(fds_, count_, 0) <= 0) return;
        for (nfds_t i = 0; i < count_; ++i) {
            events[index_[i]].events |= from_poll(fds_[i].events, fds_[i].revents);
        }
    }

    // Only the conditions that were asked for: what a hang-up is differs from filter to filter. It
    // always ends what can be read, though, and terminals may tell by nothing else.
    static constexpr uint32_t from_poll(int wanted, int found) noexcept {
        const int ready = wanted & ((found & POLLHUP) != 0 ? found | POLLIN : found);
        uint32_t events = 0;
        if ((ready & POLLIN) != 0) events |= PLX_READABLE;
        if ((ready & POLLOUT) != 0) events |= PLX_WRITABLE;
        if ((ready & POLLPRI) != 0) events |= PLX_PRIORITY;
        return events;
    }

private:
    nfds_t count_ = 0;
    pollfd fds_[Batch::kMost];
    uint16_t index_[Batch::kMost];
};

}  // namespace pollux::kqueue
