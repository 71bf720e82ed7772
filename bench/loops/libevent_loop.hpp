// SPDX-License-Identifier: MIT
#pragma once

#include "support/process.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/time.h>

#include <cstdint>

namespace bench {

inline event_base* open_base() {
    event_base* base = event_base_new();
    if (base == nullptr) fail("event_base_new");
    return base;
}

inline timeval timeval_of(int64_t ns) {
    timeval time;
    time.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
    time.tv_usec = static_cast<suseconds_t>(ns / 1000 % 1'000'000);
    return time;
}

template <event_base* (*kOpen)() = open_base>
class EventLoopWith {
public:
    struct Watch {
        event io;
    };

    EventLoopWith() = default;
    ~EventLoopWith() { event_base_free(base_); }
    EventLoopWith(const EventLoopWith&) = delete;
    EventLoopWith& operator=(const EventLoopWith&) = delete;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        start(fd, handler, EV_READ | EV_PERSIST);
    }
    template <typename Handler>
    void add_once(int fd, Handler* handler) {
        start(fd, handler, EV_READ);
    }
    template <typename Handler>
    void rearm(int, Handler* handler) {
        check(event_add(&handler->watch.io, nullptr), "event_add");
    }
    template <typename Handler>
    void remove(int, Handler* handler) {
        check(event_del(&handler->watch.io), "event_del");
    }

    template <typename Handler>
    void run() {
        check(event_base_dispatch(base_), "event_base_dispatch");
    }
    // After the events of this wait, as the others do.
    void stop() { event_base_loopexit(base_, nullptr); }

    template <typename Handler>
    void turn() {
        check(event_base_loop(base_, EVLOOP_NONBLOCK), "event_base_loop");
    }
    template <typename Handler>
    void tick(int64_t period_ns, uint64_t count) {
        Ticks ticks{count, base_};
        event timer;
        const event_callback_fn fire = [](evutil_socket_t, short, void* user) {
            auto* left = static_cast<Ticks*>(user);
            if (--left->count == 0) event_base_loopexit(left->base, nullptr);
        };
        check(event_assign(&timer, base_, -1, EV_PERSIST, fire, &ticks), "event_assign");
        const timeval period = timeval_of(period_ns);
        check(event_add(&timer, &period), "event_add");
        run<Handler>();
        check(event_del(&timer), "event_del");
    }

protected:
    template <typename Handler>
    static void ready(evutil_socket_t, short, void* user) {
        static_cast<Handler*>(user)->ready();
    }
    template <typename Handler>
    void start(int fd, Handler* handler, short events) {
        event* io = &handler->watch.io;
        check(event_assign(io, base_, fd, events, ready<Handler>, handler), "event_assign");
        check(event_add(io, nullptr), "event_add");
    }
    event_base* base() const { return base_; }

private:
    struct Ticks {
        uint64_t count;
        event_base* base;
    };

    event_base* const base_ = kOpen();
};

using EventLoop = EventLoopWith<>;

}  // namespace bench
