// SPDX-License-Identifier: MIT
// The loop as tests use it: callbacks are closures, kept as long as the loop.
#pragma once

#include "pollux/pollux.h"
#include "support/catch.hpp"
#include "support/poller.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

namespace support {

class Loop {
public:
    using OnIo = std::function<void(plx_handle, uint32_t)>;
    using OnHandle = std::function<void(plx_handle)>;
    using OnNumber = std::function<void(plx_handle, int)>;
    using Action = std::function<void()>;

    explicit Loop(uint32_t backend, uint32_t flags = 0, uint32_t work_threads = 0,
                  uint32_t events_per_wait = 0) {
        plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
        options.backend = backend;
        options.flags = flags;
        options.work_threads = work_threads;
        options.events_per_wait = events_per_wait;
        REQUIRE(plx_loop_create(&loop_, &options) == 0);
        REQUIRE(plx_loop_backend(loop_) == backend);
    }
    ~Loop() { plx_loop_destroy(loop_); }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    plx_loop* get() const { return loop_; }
    void destroy() { plx_loop_destroy(std::exchange(loop_, nullptr)); }
    // It was destroyed by a callback.
    void forget() { loop_ = nullptr; }

    int run() const { return plx_loop_run(loop_, PLX_RUN_DEFAULT); }
    int run_once() const { return plx_loop_run(loop_, PLX_RUN_ONCE); }
    int run_nowait() const { return plx_loop_run(loop_, PLX_RUN_NOWAIT); }
    int stop() const { return plx_loop_stop(loop_); }
    int close(plx_handle handle) const { return plx_close(loop_, handle); }
    plx_loop_stats stats() const {
        plx_loop_stats stats = PLX_LOOP_STATS_INIT;
        REQUIRE(plx_loop_stats_get(loop_, &stats) == 0);
        return stats;
    }

    plx_handle io(int fd, uint32_t interest, OnIo callback) {
        plx_handle handle = 0;
        REQUIRE(plx_io_start(loop_, &handle, fd, interest, on_io,
                             keep(ios_, std::move(callback))) == 0);
        return handle;
    }
    plx_handle timer(int64_t delay, int64_t period, OnHandle callback) {
        plx_handle handle = 0;
        REQUIRE(plx_timer_start(loop_, &handle, delay, period, on_timer,
                                keep(timers_, std::move(callback))) == 0);
        return handle;
    }
    plx_handle signal(int signo, OnNumber callback) {
        plx_handle handle = 0;
        REQUIRE(plx_signal_start(loop_, &handle, signo, on_number,
                                 keep(numbers_, std::move(callback))) == 0);
        return handle;
    }
    plx_handle child(int64_t pid, OnNumber callback) {
        plx_handle handle = 0;
        REQUIRE(plx_child_start(loop_, &handle, pid, on_number,
                                keep(numbers_, std::move(callback))) == 0);
        return handle;
    }
    // Not for other threads: the closure is kept in the loop's thread.
    void post(Action action) {
        REQUIRE(plx_post(loop_, on_post, keep(actions_, std::move(action))) == 0);
    }

private:
    template <typename Callback>
    static void* keep(std::deque<Callback>& kept, Callback callback) {
        kept.push_back(std::move(callback));
        return &kept.back();
    }
    static void on_io(plx_loop*, plx_handle handle, uint32_t events, void* user) {
        (*static_cast<OnIo*>(user))(handle, events);
    }
    static void on_timer(plx_loop*, plx_handle handle, void* user) {
        (*static_cast<OnHandle*>(user))(handle);
    }
    static void on_number(plx_loop*, plx_handle handle, int number, void* user) {
        (*static_cast<OnNumber*>(user))(handle, number);
    }
    static void on_post(plx_loop*, void* user) { (*static_cast<Action*>(user))(); }

    plx_loop* loop_ = nullptr;
    std::deque<OnIo> ios_;
    std::deque<OnHandle> timers_;
    std::deque<OnNumber> numbers_;
    std::deque<Action> actions_;
};

}  // namespace support
