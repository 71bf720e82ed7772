// SPDX-License-Identifier: MIT
// Not in ping and posts: across threads it needs locks that all the rest would pay for too.
#include "loops/libevent_loop.hpp"
#include "loops/more_works.hpp"
#include "support/process.hpp"
#include "work/memory.hpp"
#include "work/timer_memory.hpp"

#include <cstdlib>

namespace bench {

namespace {

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
    self.version = event_get_version;
    return self;
}

}  // namespace

extern const Contender libevent_contender = contender();

}  // namespace bench
