// SPDX-License-Identifier: MIT
// Not in ping and posts: across threads it needs locks that all the rest would pay for too.
#include "contender.hpp"
#include "support/process.hpp"
#include "work/accept.hpp"
#include "work/chain.hpp"
#include "work/echo.hpp"
#include "work/http.hpp"
#include "work/memory.hpp"
#include "work/timers.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <cstdlib>

namespace bench {

namespace {

event_base* open_base() {
    event_base* base = event_base_new();
    if (base == nullptr) fail("event_base_new");
    return base;
}

class EventLoop {
public:
    struct Watch {
        event io;
    };

    EventLoop() = default;
    ~EventLoop() { event_base_free(base_); }
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        const event_callback_fn ready = [](evutil_socket_t, short, void* user) {
            static_cast<Handler*>(user)->ready();
        };
        event* io = &handler->watch.io;
        check(event_assign(io, base_, fd, EV_READ | EV_PERSIST, ready, handler), "event_assign");
        check(event_add(io, nullptr), "event_add");
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

private:
    event_base* const base_ = open_base();
};

class EventTimers {
public:
    explicit EventTimers(size_t count) : timers_(allocate<event>(count)) {}
    ~EventTimers() {
        event_base_free(base_);
        std::free(timers_);
    }
    EventTimers(const EventTimers&) = delete;
    EventTimers& operator=(const EventTimers&) = delete;

    // Delays count from the clock at each call.
    void update_now() {}
    void start(size_t i, int64_t delay_ns) {
        event_assign(&timers_[i], base_, -1, 0, fire, &left_);
        restart(i, delay_ns);
    }
    void restart(size_t i, int64_t delay_ns) {
        const timeval delay{delay_ns / 1'000'000'000, delay_ns / 1000 % 1'000'000};
        event_add(&timers_[i], &delay);
    }
    void cancel(size_t i) { event_del(&timers_[i]); }
    void fire_all(size_t count) {
        left_ = count;
        while (left_ != 0)
            event_base_loop(base_, EVLOOP_ONCE);
    }

private:
    static void fire(evutil_socket_t, short, void* user) { --*static_cast<size_t*>(user); }

    event_base* const base_ = open_base();
    event* timers_;
    size_t left_ = 0;
};

}  // namespace

extern const Contender libevent_contender = {
    .name = "libevent",
    .chain = chain<EventLoop>,
    .memory = memory<EventLoop>,
    .echo = echo<EventLoop>,
    .http = http<EventLoop>,
    .accept = accept_all<EventLoop>,
    .timers = timers<EventTimers>,
};

}  // namespace bench
