// SPDX-License-Identifier: MIT
// The poller of Pollux; the token is the handler.
#pragma once

#include "pollux/pollux.h"
#include "support/process.hpp"

#include <cerrno>
#include <cstdint>

namespace bench {

template <uint32_t kBackend>
class PolluxPoller {
public:
    struct Watch {};

    PolluxPoller() {
        plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
        options.backend = kBackend;
        check_result(plx_poller_create(&poller_, &options), "plx_poller_create");
    }
    ~PolluxPoller() { plx_poller_destroy(poller_); }
    PolluxPoller(const PolluxPoller&) = delete;
    PolluxPoller& operator=(const PolluxPoller&) = delete;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        add_for(PLX_READABLE, fd, handler);
    }
    template <typename Handler>
    void add_exclusive(int fd, Handler* handler) {
        add_for(PLX_READABLE | PLX_EXCLUSIVE, fd, handler);
    }

    template <typename Handler>
    void remove(int fd, Handler*) {
        check_result(plx_poller_remove(poller_, fd), "plx_poller_remove");
    }

    template <typename Handler>
    void run() {
        stopped_ = false;
        while (!stopped_) {
            const int count = plx_poller_wait(poller_, events_, kCapacity, -1);
            if (count < 0 && count != -EINTR) fail_with(count, "plx_poller_wait");
            for (int i = 0; i < count; ++i) {
                reinterpret_cast<Handler*>(static_cast<uintptr_t>(events_[i].token))->ready();
            }
        }
    }

    void stop() { stopped_ = true; }

private:
    static constexpr int kCapacity = 1024;

    void add_for(uint32_t interest, int fd, void* handler) {
        const uint64_t token = reinterpret_cast<uintptr_t>(handler);
        check_result(plx_poller_add(poller_, fd, token, interest), "plx_poller_add");
    }

    plx_poller* poller_ = nullptr;
    bool stopped_ = false;
    plx_event events_[kCapacity];
};

}  // namespace bench
