// SPDX-License-Identifier: MIT
// The event loop of Pollux.
#pragma once

#include "pollux/pollux.h"
#include "support/process.hpp"

#include <cstdint>

namespace bench {

template <uint32_t kBackend = PLX_BACKEND_AUTO>
class PolluxLoop {
public:
    struct Watch {
        plx_handle handle;
    };

    PolluxLoop() {
        plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
        options.backend = kBackend;
        check_result(plx_loop_create(&loop_, &options), "plx_loop_create");
    }
    ~PolluxLoop() { plx_loop_destroy(loop_); }
    PolluxLoop(const PolluxLoop&) = delete;
    PolluxLoop& operator=(const PolluxLoop&) = delete;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        start(fd, handler, PLX_READABLE);
    }
    template <typename Handler>
    void add_exclusive(int fd, Handler* handler) {
        start(fd, handler, PLX_READABLE | PLX_EXCLUSIVE);
    }
    template <typename Handler>
    void add_once(int fd, Handler* handler) {
        start(fd, handler, PLX_READABLE | PLX_ONESHOT);
    }
    template <typename Handler>
    void rearm(int, Handler* handler) {
        set(handler->watch.handle, PLX_READABLE | PLX_ONESHOT);
    }
    template <typename Handler>
    void set_writable(int, Handler* handler, bool on) {
        set(handler->watch.handle, on ? PLX_READABLE | PLX_WRITABLE : PLX_READABLE);
    }

    template <typename Handler>
    void remove(int, Handler* handler) {
        check_result(plx_close(loop_, handler->watch.handle), "plx_close");
    }

    template <typename Handler = void>
    void run() {
        check_result(plx_loop_run(loop_, PLX_RUN_DEFAULT), "plx_loop_run");
    }

    void stop() { plx_loop_stop(loop_); }

    template <typename Handler = void>
    void turn() {
        check_result(plx_loop_run(loop_, PLX_RUN_NOWAIT), "plx_loop_run");
    }
    template <typename Handler>
    void tick(int64_t period_ns, uint64_t count) {
        constexpr plx_timer_fn kFire = [](plx_loop* loop, plx_handle, void* user) {
            if (--*static_cast<uint64_t*>(user) == 0) plx_loop_stop(loop);
        };
        plx_handle timer;
        check_result(plx_timer_start(loop_, &timer, period_ns, period_ns, kFire, &count),
                     "plx_timer_start");
        run();
        check_result(plx_close(loop_, timer), "plx_close");
    }

    // Any thread.
    template <typename Handler>
    void post(Handler* handler) {
        constexpr plx_post_fn kReady = [](plx_loop*, void* user) {
            static_cast<Handler*>(user)->ready();
        };
        check_result(plx_post(loop_, kReady, handler), "plx_post");
    }
    template <typename Handler>
    void notify(Handler* handler) {
        post(handler);
    }
    // Keeps run() from returning while nothing is posted.
    template <typename Handler>
    void listen(Handler*) {
        constexpr plx_timer_fn kNever = [](plx_loop*, plx_handle, void*) {};
        plx_handle timer;
        check_result(plx_timer_start(loop_, &timer, INT64_MAX, 0, kNever, nullptr),
                     "plx_timer_start");
    }

private:
    template <typename Handler>
    void start(int fd, Handler* handler, uint32_t interest) {
        constexpr plx_io_fn kReady = [](plx_loop*, plx_handle, uint32_t, void* user) {
            static_cast<Handler*>(user)->ready();
        };
        check_result(plx_io_start(loop_, &handler->watch.handle, fd, interest, kReady, handler),
                     "plx_io_start");
    }
    void set(plx_handle handle, uint32_t interest) {
        check_result(plx_io_set(loop_, handle, interest), "plx_io_set");
    }

    plx_loop* loop_ = nullptr;
};

}  // namespace bench
