// SPDX-License-Identifier: MIT
// Work for the pool as tests use it.
#pragma once

#include "pollux/pollux.h"
#include "support/loop.hpp"
#include "support/threads.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace support {

// What a done callback was told, each time.
using Told = std::vector<int>;

inline void nothing() {}

// Where threads wait until the test lets them go on.
class Gate {
public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++inside_;
        if (inside_ > most_inside_) most_inside_ = inside_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return is_open_; });
        --inside_;
    }
    // Until so many threads wait.
    void await(int inside) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return inside_ >= inside; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    int most_inside() {
        const std::lock_guard lock(mutex_);
        return most_inside_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
    int inside_ = 0;
    int most_inside_ = 0;
};

// Two closures, which have to live until the work has ended. No assertions in the first.
class Work {
public:
    using Action = std::function<void()>;
    using OnDone = std::function<void(plx_handle, int)>;

    explicit Work(Action action, OnDone on_done = {})
        : action_(std::move(action)), on_done_(std::move(on_done)) {}
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    int start(const Loop& loop) { return plx_work_start(loop.get(), &handle_, run, done, this); }

    plx_handle handle() const { return handle_; }
    const Told& told() const { return told_; }

private:
    static void run(void* user) { static_cast<Work*>(user)->action_(); }
    static void done(plx_loop*, plx_handle handle, int status, void* user) {
        auto* self = static_cast<Work*>(user);
        self->told_.push_back(status);
        if (self->on_done_) self->on_done_(handle, status);
    }

    Action action_;
    OnDone on_done_;
    plx_handle handle_ = 0;
    Told told_;
};

// Until all work has been done, and nobody has been told of it yet.
inline void await_work(const Loop& loop) {
    for (;;) {
        const plx_loop_stats stats = loop.stats();
        if (stats.work_queued + stats.work_running == 0) return;
        sleep_for_ms(1);
    }
}

}  // namespace support
