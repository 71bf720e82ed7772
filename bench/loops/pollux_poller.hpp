// SPDX-License-Identifier: MIT
// The poller of Pollux; the token is the handler.
#pragma once

#include "loops/contender_of.hpp"
#include "pollux/pollux.h"
#include "support/process.hpp"
#include "work/wake.hpp"

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
    void add_once(int fd, Handler* handler) {
        add_for(PLX_READABLE | PLX_ONESHOT, fd, handler);
    }
    template <typename Handler>
    void rearm(int fd, Handler* handler) {
        modify(fd, token_of(handler), PLX_READABLE | PLX_ONESHOT);
    }
    template <typename Handler>
    void set_writable(int fd, Handler* handler, bool on) {
        modify(fd, token_of(handler), on ? PLX_READABLE | PLX_WRITABLE : PLX_READABLE);
    }

    template <typename Handler>
    void remove(int fd, Handler*) {
        check_result(plx_poller_remove(poller_, fd), "plx_poller_remove");
    }

    template <typename Handler>
    void run() {
        stopped_ = false;
        while (!stopped_)
            wait<Handler>(-1);
    }

    void stop() { stopped_ = true; }

    template <typename Handler>
    void turn() {
        wait<Handler>(0);
    }
    template <typename Handler>
    void tick(int64_t period_ns, uint64_t count) {
        tick_by_timeout(period_ns, count, [this](int64_t left) { wait<Handler>(left); });
    }

private:
    static uint64_t token_of(void* handler) { return reinterpret_cast<uintptr_t>(handler); }

    void add_for(uint32_t interest, int fd, void* handler) {
        check_result(plx_poller_add(poller_, fd, token_of(handler), interest), "plx_poller_add");
    }
    void modify(int fd, uint64_t token, uint32_t interest) {
        check_result(plx_poller_modify(poller_, fd, token, interest), "plx_poller_modify");
    }

    template <typename Handler>
    void wait(int64_t timeout_ns) {
        const int count = plx_poller_wait(poller_, events_, kCapacity, timeout_ns);
        if (count < 0 && count != -EINTR) fail_with(count, "plx_poller_wait");
        for (int i = 0; i < count; ++i) {
            reinterpret_cast<Handler*>(static_cast<uintptr_t>(events_[i].token))->ready();
        }
    }

    static constexpr int kCapacity = 1024;

    plx_poller* poller_ = nullptr;
    bool stopped_ = false;
    plx_event events_[kCapacity];
};

template <uint32_t kBackend>
class PolluxWaker {
public:
    PolluxWaker() {
        plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
        options.backend = kBackend;
        check_result(plx_poller_create(&poller_, &options), "plx_poller_create");
    }
    ~PolluxWaker() { plx_poller_destroy(poller_); }
    PolluxWaker(const PolluxWaker&) = delete;
    PolluxWaker& operator=(const PolluxWaker&) = delete;

    void wake() { plx_poller_wake(poller_); }
    void wait() {
        plx_event event;
        check_result(plx_poller_wait(poller_, &event, 1, -1), "plx_poller_wait");
    }

private:
    plx_poller* poller_ = nullptr;
};

template <uint32_t kBackend>
constexpr Contender pollux_poller(const char* name) {
    Contender contender = contender_of<PolluxPoller<kBackend>>(name);
    contender.wake = wake<PolluxWaker<kBackend>>;
    return contender;
}

}  // namespace bench
