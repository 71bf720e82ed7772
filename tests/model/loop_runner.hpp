// SPDX-License-Identifier: MIT
// Runs a program over a loop and over the model at once, up to the first difference.
#pragma once

#include "loop_model.hpp"
#include "loop_program.hpp"
#include "loop_world.hpp"
#include "pollux/pollux.h"

#include <atomic>
#include <deque>
#include <string>
#include <vector>

namespace loop_model {

struct Verdict {
    std::string what;              // "" if all is as it should be
    size_t op = 0;                 // the last call that was made
    std::vector<std::string> log;  // callbacks whose order does not depend on the backend
    bool is_failure() const { return !what.empty(); }
};

// Over all runs of the process.
struct Statistics {
    uint64_t runs = 0;
    uint64_t calls = 0;
    uint64_t callbacks = 0;
    uint64_t iterations = 0;
};
Statistics& statistics();

Verdict run(const Program& program, uint32_t backend);

// Has a run of the loop that is in progress end and fail; false if there is none. For a handler of
// SIGALRM.
bool interrupt_run();

class Runner {
public:
    explicit Runner(const Program& program);
    Verdict run(uint32_t backend);

private:
    // Stands behind each callback.
    struct Ticket {
        Runner* runner;
        size_t index = 0;  // in the model
        plx_handle handle = 0;
        bool is_held = false;
        bool is_cancelled = false;
        std::atomic<int> times_run = 0;  // the work itself
    };
    static constexpr size_t kNoThing = SIZE_MAX;
    static constexpr int kMostCallbacks = 25;  // of a run, then it is stopped

    // loop_calls.cpp
    void apply(size_t number);
    void apply_start(const Op& op);
    void apply_to_handle(const Op& op);
    void apply_rest(const Op& op);
    void start_io(const Op& op);
    void start_timer(const Op& op);
    void start_signal(const Op& op);
    void start_work(const Op& op);
    void close(size_t index);
    void close_work(size_t index);
    void set_io(size_t index, uint32_t interest);
    void set_timer(size_t index, int64_t delay, int64_t period);
    void try_foreign();
    void raise(int signal);
    void post(int name);
    void post_from(int thread, int name, int count);
    void join(int thread);
    void settle();
    void run_loop(uint32_t mode);
    void destroy();

    // loop_runner.cpp
    Ticket* new_ticket();
    void started(Ticket* ticket, plx_handle handle, size_t index);
    plx_handle handle_of(size_t index) const;
    void fail(const std::string& what);
    void expect(const char* call, int rc, int expected);
    bool has_failed() const { return !verdict_.what.empty(); }
    plx_loop_stats stats() const;
    void sync();
    void check_counts();
    void check_deadline();
    void note(const char* what, const Ticket& ticket, int detail);
    bool enter(const Ticket& ticket, plx_handle handle);
    void leave(const Ticket& ticket, const std::string& wrong, const char* kind, int detail);
    void run_script(int name);
    void stop();

    static void on_io(plx_loop*, plx_handle handle, uint32_t events, void* user);
    static void on_timer(plx_loop*, plx_handle handle, void* user);
    static void on_signal(plx_loop*, plx_handle handle, int signo, void* user);
    static void on_post(plx_loop*, void* user);
    static void on_done(plx_loop*, plx_handle handle, int status, void* user);
    static void on_work(void* user);

    const Program& program_;
    Model model_;
    Verdict verdict_;
    plx_loop* loop_ = nullptr;
    Pairs pairs_;
    Gate gate_;
    std::deque<Ticket> tickets_;
    std::vector<Ticket*> by_index_;  // nullptr for posts
    std::array<std::deque<size_t>, kNames> scripts_;
    std::array<size_t, kNames> current_;
    std::array<size_t, kNames> old_;
    plx_handle stray_;  // of no loop of the program
    std::atomic<bool> has_refused_post_ = false;
    int depth_ = 0;  // of callbacks
    int callbacks_ = 0;
    bool is_default_ = false;
    bool is_running_ = false;
    bool is_destroyed_ = false;
    bool is_log_cut_ = false;
    size_t cancelling_ = kNoThing;
    Threads threads_;  // last, so that they end first
};

}  // namespace loop_model
