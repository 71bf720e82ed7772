// SPDX-License-Identifier: MIT
// The event loop: one poller, the handles, and the order in which callbacks run. Each kind of
// handle has a file of its own; this class joins them.
#pragma once

#include "core/buffer.hpp"
#include "core/clock.hpp"
#include "core/poller.hpp"
#include "loop/handle_table.hpp"
#include "loop/post_box.hpp"
#include "loop/signal_watch.hpp"
#include "loop/slot_list.hpp"
#include "loop/timer_wheel.hpp"
#include "loop/work_pool.hpp"
#include "pollux/pollux.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace pollux {

class Loop {
public:
    static int create(Loop** out, const plx_loop_options& options) noexcept;
    // From one of its own callbacks: later, when run() would go on.
    static void destroy(Loop* loop) noexcept;

    // loop.cpp
    int run(uint32_t mode) noexcept;
    int stop() noexcept;
    int64_t now() const noexcept { return is_now_known_ ? now_ : update_now(); }
    int64_t update_now() const noexcept;
    uint32_t backend() const noexcept { return poller_->backend(); }
    int fd() noexcept { return poller_->fd(); }
    int next_deadline(int64_t* out) noexcept;
    int trace(plx_trace_fn fn, void* user) noexcept;

    // handles.cpp
    int close(plx_handle handle) noexcept;
    int set_unref(plx_handle handle, bool is_unref) noexcept;
    void read_stats(plx_loop_stats* out) noexcept;

    // io.cpp
    int start_io(plx_handle* out, int fd, uint32_t interest, plx_io_fn fn, void* user) noexcept;
    int set_io(plx_handle handle, uint32_t interest) noexcept;

    // timers.cpp
    int start_timer(plx_handle* out, int64_t delay, int64_t period, plx_timer_fn fn,
                    void* user) noexcept;
    int set_timer(plx_handle handle, int64_t delay, int64_t period) noexcept;

    // after_fork.cpp
    int after_fork() noexcept;

    // signals.cpp, children.cpp, work.cpp
    int start_signal(plx_handle* out, int signo, plx_signal_fn fn, void* user) noexcept;
    int start_child(plx_handle* out, int64_t pid, plx_child_fn fn, void* user) noexcept;
    int start_work(plx_handle* out, WorkItem* item) noexcept;

    // posts.cpp
    int post(plx_post_fn fn, void* user) noexcept;

    static void* operator new(size_t size) noexcept {
        void* memory = nullptr;
        return posix_memalign(&memory, alignof(Loop), size) == 0 ? memory : nullptr;
    }
    static void operator delete(void* memory) noexcept { std::free(memory); }

private:
    explicit Loop(int64_t now) noexcept
        : now_(now), timers_(handles_, now), signal_list_(handles_), children_(handles_) {}
    ~Loop();
    plx_loop* outside() noexcept { return reinterpret_cast<plx_loop*>(this); }

    // loop.cpp
    bool is_destroyed() const noexcept { return (marks_ & kDestroyed) != 0; }
    void measure_if_wanted() noexcept;
    int iterate(uint32_t mode) noexcept;
    bool is_alive() const noexcept;
    bool run_more() noexcept;
    Doorbell& doorbell() noexcept { return posts_.doorbell(); }
    void grow_events() noexcept;
    bool has_callbacks() const noexcept;
    bool has_pending() const noexcept;
    void hear_rings() noexcept;
    int64_t wait_timeout(uint32_t mode) noexcept;
    int wait(uint32_t mode) noexcept;
    int gather_timers(int events) noexcept;
    int64_t stamp() const noexcept;
    int64_t take_stamp() noexcept;

    // Runs a callback; true if the loop goes on, false if the callback has destroyed it. `what` is
    // for the trace: the events of I/O, the number of a signal.
    template <typename Callback>
    bool call(uint32_t kind, plx_handle handle, uint32_t what, Callback callback) noexcept {
        if ((marks_ & kMeasuring) == 0) [[likely]] {
            callback();
        } else {
            const int64_t start = monotonic_now();
            callback();
            measured(kind, handle, what, start);
        }
        return !is_destroyed();
    }
    void measured(uint32_t kind, plx_handle handle, uint32_t what, int64_t start) noexcept;

    bool run_timers() noexcept;
    bool run_posts() noexcept;
    bool run_signals(const SignalWatch::Set& arrived) noexcept;
    bool run_work() noexcept;
    bool run_events(int count) noexcept;
    const plx_event* run_plain_events(const plx_event* event, const plx_event* end) noexcept;
    bool run_event(const plx_event& event) noexcept;
    bool run_io(plx_handle handle, Slot& slot, uint32_t events) noexcept;
    void spend(plx_handle handle, Slot& slot) noexcept;
    void disarm(plx_handle handle, int fd) noexcept;
    uint32_t iteration() const noexcept { return static_cast<uint32_t>(stats_.iterations); }
    bool run_child(plx_handle handle, Slot& slot) noexcept;
    bool run_children() noexcept;
    bool report_refused_changes() noexcept;
    void apply_changes() noexcept;

    void release(plx_handle handle, Slot& slot) noexcept;
    void unwatch(int fd) noexcept;
    void release_signal(plx_handle handle, Slot& slot) noexcept;
    void release_child(plx_handle handle, Slot& slot) noexcept;
    int watch_child(plx_handle handle, Slot& slot) noexcept;
    int cancel_work(plx_handle handle, Slot& slot) noexcept;
    bool end_work(WorkItem* item, int status) noexcept;

    // The clock, looked at when it is first asked for after a wait.
    mutable int64_t now_;
    mutable bool is_now_known_ = true;
    HandleTable handles_;
    Poller* poller_ = nullptr;
    TimerWheel timers_;
    PostBox posts_;
    SignalWatch signals_;
    SlotList<&Slot::signal> signal_list_;
    SlotList<&Slot::child> children_;
    WorkPool work_;
    WorkItem* unrun_work_ = nullptr;  // what is done and this iteration has yet to finish
    Buffer<plx_event> events_;        // grows with what comes at once
    size_t most_events_ = 0;

    // I/O handles whose interest may differ from the kernel's. The first `refused_` of them are
    // those whose change the kernel has refused, until it is reported.
    Buffer<plx_handle> changed_;
    size_t refused_ = 0;
    std::atomic<bool> is_stopping_ = false;
    std::atomic<bool> is_running_ = false;
    bool times_callbacks_ = false;
    // What makes callbacks more than calls.
    static constexpr uint8_t kMeasuring = 1;
    static constexpr uint8_t kDestroyed = 2;  // by a callback
    uint8_t marks_ = 0;

    plx_trace_fn trace_ = nullptr;
    void* trace_user_ = nullptr;
    plx_loop_stats stats_ = PLX_LOOP_STATS_INIT;
    int64_t stamp_ = 0;  // when the last wait began or ended, whichever was later
};

}  // namespace pollux
