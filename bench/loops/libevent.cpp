// SPDX-License-Identifier: MIT
// Not in ping and posts: across threads it needs locks that all the rest would pay for too.
#include "loops/more_works.hpp"
#include "support/process.hpp"
#include "work/memory.hpp"
#include "work/timer_memory.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/time.h>

#include <cstdlib>

namespace bench {

namespace {

event_base* open_base() {
    event_base* base = event_base_new();
    if (base == nullptr) fail("event_base_new");
    return base;
}

timeval timeval_of(int64_t ns) {
    timeval time;
    time.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
    time.tv_usec = static_cast<suseconds_t>(ns / 1000 % 1'000'000);
    return time;
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

    event_base* const base_ = open_base();
};

// One event for each direction, as its own buffered sockets have them.
class EventLoopOfTwo : public EventLoop {
public:
    struct Watch {
        event io;
        event writable;
    };

    template <typename Handler>
    void add(int fd, Handler* handler) {
        check(event_assign(&handler->watch.writable, base(), fd, EV_WRITE | EV_PERSIST,
                           ready<Handler>, handler),
              "event_assign");
        EventLoop::add(fd, handler);
    }
    template <typename Handler>
    void set_writable(int, Handler* handler, bool on) {
        event* writable = &handler->watch.writable;
        check(on ? event_add(writable, nullptr) : event_del(writable), "event_add");
    }
};

class EventTimers {
public:
    static constexpr size_t kWatchBytes = sizeof(event);

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
        const timeval delay = timeval_of(delay_ns);
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

constexpr Contender contender() {
    Contender self = with_more_works<EventLoop>({
        .name = "libevent",
        .chain = chain<EventLoop>,
        .memory = memory<EventLoop>,
        .timers = timers<EventTimers>,
        .timer_memory = timer_memory<EventTimers>,
    });
    self.churn = churn<EventLoopOfTwo>;
    return self;
}

}  // namespace

extern const Contender libevent_contender = contender();

}  // namespace bench
