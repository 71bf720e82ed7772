// SPDX-License-Identifier: MIT
#pragma once

#include "support/process.hpp"

#include <ev.h>

#include <cstdint>

namespace bench {

inline struct ev_loop* open_ev_loop(unsigned flags) {
    struct ev_loop* loop = ev_loop_new(flags);
    if (loop == nullptr) fail("ev_loop_new");
    return loop;
}

template <unsigned kFlags = EVFLAG_AUTO>
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
        start(fd, handler, [](struct ev_loop*, ev_io* watcher, int) {
            static_cast<Handler*>(watcher->data)->ready();
        });
    }
    // Without one-shot events the callback stops it, and the handler starts it again.
    template <typename Handler>
    void add_once(int fd, Handler* handler) {
        start(fd, handler, [](struct ev_loop* loop, ev_io* watcher, int) {
            ev_io_stop(loop, watcher);
            static_cast<Handler*>(watcher->data)->ready();
        });
    }
    template <typename Handler>
    void rearm(int, Handler* handler) {
        ev_io_start(loop_, &handler->watch.io);
    }
    template <typename Handler>
    void set_writable(int, Handler* handler, bool on) {
        ev_io* io = &handler->watch.io;
        ev_io_stop(loop_, io);
        ev_io_modify(io, on ? EV_READ | EV_WRITE : EV_READ);
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

    template <typename Handler = void>
    void turn() {
        ev_run(loop_, EVRUN_NOWAIT);
    }
    template <typename Handler>
    void tick(int64_t period_ns, uint64_t count) {
        ev_timer timer;
        const double period = static_cast<double>(period_ns) * 1e-9;
        ev_timer_init(
            &timer,
            [](struct ev_loop* loop, ev_timer* watcher, int) {
                if (--*static_cast<uint64_t*>(watcher->data) == 0) ev_break(loop, EVBREAK_ALL);
            },
            period, period);
        timer.data = &count;
        ev_timer_start(loop_, &timer);
        run();
        ev_timer_stop(loop_, &timer);
    }

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
    template <typename Handler>
    void start(int fd, Handler* handler, void (*ready)(struct ev_loop*, ev_io*, int)) {
        ev_io* io = &handler->watch.io;
        ev_io_init(io, ready, fd, EV_READ);
        io->data = handler;
        ev_io_start(loop_, io);
    }

    struct ev_loop* const loop_ = open_ev_loop(kFlags);
    ev_async async_;
};

}  // namespace bench
