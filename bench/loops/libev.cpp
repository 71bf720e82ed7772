// SPDX-License-Identifier: MIT
#include "contender.hpp"
#include "support/process.hpp"
#include "work/accept.hpp"
#include "work/chain.hpp"
#include "work/echo.hpp"
#include "work/http.hpp"
#include "work/memory.hpp"
#include "work/posts.hpp"
#include "work/timers.hpp"

#include <ev.h>

#include <cstdlib>

namespace bench {

namespace {

struct ev_loop* open_loop() {
    struct ev_loop* loop = ev_loop_new(EVFLAG_AUTO);
    if (loop == nullptr) fail("ev_loop_new");
    return loop;
}

class EvLoop {
public:
    struct Watch {
        ev_io io;
    };

    EvLoop() = default;
    ~EvLoop() { ev_loop_destroy(loop_); }
    EvLoop(const EvLoop&) = delete;
    EvLoop& operator=(const EvLoop&) = delete;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        ev_io* io = &handler->watch.io;
        ev_io_init(
            io,
            [](struct ev_loop*, ev_io* watcher, int) {
                static_cast<Handler*>(watcher->data)->ready();
            },
            fd, EV_READ);
        io->data = handler;
        ev_io_start(loop_, io);
    }
    template <typename Handler>
    void remove(int, Handler* handler) {
        ev_io_stop(loop_, &handler->watch.io);
    }

    template <typename Handler = void>
    void run() {
        ev_run(loop_, 0);
    }
    void stop() { ev_break(loop_, EVBREAK_ALL); }

    template <typename Handler>
    void listen(Handler* handler) {
        ev_async_init(&async_, [](struct ev_loop*, ev_async* watcher, int) {
            static_cast<Handler*>(watcher->data)->ready();
        });
        async_.data = handler;
        ev_async_start(loop_, &async_);
    }
    template <typename Handler>
    void notify(Handler*) {
        ev_async_send(loop_, &async_);
    }

private:
    struct ev_loop* const loop_ = open_loop();
    ev_async async_;
};

class EvTimers {
public:
    explicit EvTimers(size_t count) : timers_(allocate<ev_timer>(count)) {
        ev_set_userdata(loop_, &left_);
    }
    ~EvTimers() {
        ev_loop_destroy(loop_);
        std::free(timers_);
    }
    EvTimers(const EvTimers&) = delete;
    EvTimers& operator=(const EvTimers&) = delete;

    void update_now() { ev_now_update(loop_); }
    void start(size_t i, int64_t delay_ns) {
        ev_timer_init(&timers_[i], fire, seconds(delay_ns), 0.);
        ev_timer_start(loop_, &timers_[i]);
    }
    // Its own way is by the period; then the callback has to stop it.
    void restart(size_t i, int64_t delay_ns) {
        timers_[i].repeat = seconds(delay_ns);
        ev_timer_again(loop_, &timers_[i]);
    }
    void cancel(size_t i) { ev_timer_stop(loop_, &timers_[i]); }
    void fire_all(size_t count) {
        left_ = count;
        while (left_ != 0)
            ev_run(loop_, EVRUN_ONCE);
    }

private:
    static double seconds(int64_t ns) { return static_cast<double>(ns) * 1e-9; }
    static void fire(struct ev_loop* loop, ev_timer*, int) {
        --*static_cast<size_t*>(ev_userdata(loop));
    }

    struct ev_loop* const loop_ = open_loop();
    ev_timer* timers_;
    size_t left_ = 0;
};

}  // namespace

extern const Contender libev_contender = {
    .name = "libev",
    .chain = chain<EvLoop>,
    .memory = memory<EvLoop>,
    .echo = echo<EvLoop>,
    .http = http<EvLoop>,
    .accept = accept_all<EvLoop>,
    .timers = timers<EvTimers>,
    .ping = ping<EvLoop>,
    .posts = posts<Queued<EvLoop>>,
};

}  // namespace bench
