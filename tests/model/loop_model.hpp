// SPDX-License-Identifier: MIT
// What the contract says of a loop, without a loop: what is open, what has come, and so which
// callbacks an iteration has to run, may run and must not run, and in which order. It makes no
// system call. Each function gives "" or what is wrong.
#pragma once

#include "loop_program.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace loop_model {

// In the order of an iteration.
enum class Kind { kTimer, kPost, kSignal, kWork, kIo };
inline constexpr int kKinds = 5;
inline constexpr int kSources = kThreads + 1;  // of posts; the first is the loop's own thread

enum class WorkState { kUnknown, kQueued, kRunning, kDone };

// All that was started, open or not.
struct Thing {
    Kind kind = Kind::kPost;
    int name = 0;
    bool is_open = false;
    bool is_unref = false;
    uint64_t started = 0;  // in which iteration
    // I/O
    int end = 0;
    uint32_t wanted = 0;
    uint32_t applied = 0;  // what the kernel has
    bool is_changed = false;
    bool is_armed = true;
    // timers
    bool is_set = false;
    int64_t deadline = 0;
    int64_t period = 0;
    uint64_t order = 0;
    // signals
    int signal = 0;
    bool was_there = false;  // when it was raised
    // work
    bool is_held = false;
    WorkState state = WorkState::kUnknown;
    bool was_unknown = true;  // when the iteration began
};

struct Counts {
    std::array<uint64_t, kKinds> open{};
    std::array<uint64_t, kKinds> run{};
    uint64_t active_timers = 0;
    uint64_t queued = 0;
    uint64_t running = 0;
};

class Model {
public:
    explicit Model(const Program& program);

    const Thing& thing(size_t index) const { return things_[index]; }

    // Calls. What each has to return was asked before, with these.
    int expect_io(int end, uint32_t interest) const;
    int expect(size_t index, Kind kind) const;
    bool is_open(size_t index) const { return index < things_.size() && things_[index].is_open; }

    size_t start_io(int name, int end, uint32_t interest);
    void set_io(size_t index, uint32_t interest);
    void send(int end) { ++bytes_[static_cast<size_t>(end ^ 1)]; }
    void drain(int end) { bytes_[static_cast<size_t>(end)] = 0; }
    size_t start_timer(int name, int64_t now, int64_t delay, int64_t period);
    void set_timer(size_t index, int64_t now, int64_t delay, int64_t period);
    size_t start_signal(int name, int signal);
    void raise(int signal);
    size_t start_work(int name, bool is_held);
    void release();
    void settle();
    WorkState work_state(size_t index) const { return things_[index].state; }
    // Gives the number of the first; they follow one another.
    size_t post(int source, int name, int count);
    void join(int source);
    void close(size_t index);
    void set_unref(size_t index, bool is_unref) { things_[index].is_unref = is_unref; }
    void stop() { is_stopping_ = true; }

    // Iterations.
    uint64_t iteration() const { return iteration_; }
    void start_run(bool is_default);
    // One that the loop has begun since; `now` is its time.
    std::string begin(uint64_t iteration, int64_t now);
    std::string end_run(int rc);

    // Callbacks, after begin().
    std::string on_timer(size_t index, int64_t now);
    std::string on_post(size_t index);
    std::string on_signal(size_t index, int signal);
    std::string on_work(size_t index);
    std::string on_io(size_t index, uint32_t events);

    // Is something left for this iteration, or sure to come soon after `now`?
    bool will_come(int64_t now) const;
    bool is_alive(bool with_unsure) const;
    // Outside of a run: what plx_loop_next_deadline() gives.
    std::string check_deadline(int64_t deadline) const;
    // The order of these among each other is the backend's.
    size_t io_of_iteration() const { return io_of_iteration_; }
    Counts counts() const;

private:
    struct Post {
        size_t index;
        bool is_sure;  // it has been posted
    };
    struct Timer {
        size_t index;
        uint64_t order;
    };
    struct Event {
        size_t index;
        uint32_t events;
        bool is_required;
    };

    size_t add(Kind kind, int name);
    std::string describe(size_t index) const;
    uint32_t conditions(const Thing& thing) const;
    uint32_t covered(const Thing& thing, uint32_t events) const;
    bool is_watched(int signal) const;
    WorkState ends_as(const Thing& thing, int* free) const;

    std::string enter(Kind kind);
    bool is_left(Kind kind, size_t* index) const;
    std::string check_left(Kind kind) const;
    std::string check_all_left() const;
    std::string check_going_on() const;
    void gather(int64_t now);
    void gather_timers(int64_t now);
    void gather_posts();
    void gather_signals();
    void gather_io();
    bool is_valid(const Timer& timer) const;

    const Program& program_;
    std::vector<Thing> things_;
    std::array<int, kEnds> bytes_{};
    std::array<bool, kSignals> pending_{};
    std::array<std::deque<Post>, kSources> posts_;
    std::array<uint64_t, kKinds> run_{};
    uint64_t next_order_ = 1;
    bool is_released_ = false;
    bool is_stopping_ = false;

    // The run.
    bool is_default_ = false;
    uint64_t first_iteration_ = 0;
    // The iteration and what it has to run.
    uint64_t iteration_ = 0;
    bool is_inside_ = false;
    Kind phase_ = Kind::kTimer;
    int64_t now_ = 0;
    std::deque<Timer> timers_;
    std::array<size_t, kSources> posts_left_{};  // that may run
    std::array<size_t, kSources> posts_due_{};   // of them, those that have to
    std::deque<Event> signals_;
    std::vector<size_t> works_due_;
    std::vector<Event> events_;
    size_t io_of_iteration_ = 0;
    int events_run_ = 0;
};

}  // namespace loop_model
