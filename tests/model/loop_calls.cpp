// SPDX-License-Identifier: MIT
// The calls of a program.
#include "loop_runner.hpp"

#include <signal.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace loop_model {

namespace {

constexpr int64_t kMicrosecond = 1'000;

std::atomic<plx_loop*> loop_in_run = nullptr;
std::atomic<bool> is_interrupted = false;

int64_t nanoseconds(int microseconds) {
    return microseconds < 0 ? -1 : microseconds * kMicrosecond;
}

}  // namespace

bool interrupt_run() {
    plx_loop* const loop = loop_in_run;
    if (loop == nullptr) return false;
    is_interrupted = true;
    return plx_loop_stop(loop) == 0;
}

void Runner::apply(size_t number) {
    const Op& op = program_.ops[number];
    verdict_.op = number;
    if (op.verb <= Verb::kWork) {
        apply_start(op);
    } else if (op.verb >= Verb::kClose && op.verb <= Verb::kUnref) {
        apply_to_handle(op);
    } else {
        apply_rest(op);
    }
    if (!is_destroyed_ && !has_failed() && program_.settles) settle();
    check_counts();
    check_deadline();
}

void Runner::apply_start(const Op& op) {
    const size_t index = current_[static_cast<size_t>(op.args[0]) % kNames];
    switch (op.verb) {
        case Verb::kIo:
            return start_io(op);
        case Verb::kIoSet:
            return set_io(index, interest_of(op.args[1]));
        case Verb::kSend:
            if (pairs_.send(op.args[0])) model_.send(op.args[0]);
            return;
        case Verb::kDrain:
            pairs_.drain(op.args[0]);
            return model_.drain(op.args[0]);
        case Verb::kTimer:
            return start_timer(op);
        case Verb::kTimerSet:
            return set_timer(index, nanoseconds(op.args[1]), nanoseconds(op.args[2]));
        case Verb::kSignal:
            return start_signal(op);
        case Verb::kRaise:
            return raise(op.args[0]);
        default:
            return start_work(op);
    }
}

void Runner::apply_to_handle(const Op& op) {
    const auto name = static_cast<size_t>(op.args[0]);
    const size_t index = op.verb == Verb::kCloseOld ? old_[name] : current_[name];
    const int expected = model_.is_open(index) ? 0 : -ENOENT;
    switch (op.verb) {
        case Verb::kForeign:
            return try_foreign();
        case Verb::kRef:
        case Verb::kUnref: {
            const bool is_unref = op.verb == Verb::kUnref;
            const plx_handle handle = handle_of(index);
            const int rc = is_unref ? plx_unref(loop_, handle) : plx_ref(loop_, handle);
            expect("ref or unref", rc, expected);
            if (expected == 0) model_.set_unref(index, is_unref);
            return;
        }
        default:
            return close(index);
    }
}

void Runner::apply_rest(const Op& op) {
    switch (op.verb) {
        case Verb::kRelease:
            gate_.open();
            return model_.release();
        case Verb::kSettle:
            return settle();
        case Verb::kPost:
            return post(op.args[0]);
        case Verb::kPostFrom:
            return post_from(op.args[0], op.args[1], op.args[2]);
        case Verb::kJoin:
            return join(op.args[0]);
        case Verb::kStop:
            return stop();
        case Verb::kRun:
            return run_loop(static_cast<uint32_t>(op.args[0]));
        case Verb::kSleep:
            return std::this_thread::sleep_for(std::chrono::microseconds(op.args[0]));
        case Verb::kUpdateNow:
            plx_loop_update_now(loop_);
            return;
        default:
            return destroy();
    }
}

// Starting and setting ---------------------------------------------------------------------------

void Runner::start_io(const Op& op) {
    const uint32_t interest = interest_of(op.args[2]);
    const int expected = model_.expect_io(op.args[1], interest);
    Ticket* ticket = new_ticket();
    plx_handle handle = 0;
    const int fd = pairs_.fd(op.args[1]);
    expect("io", plx_io_start(loop_, &handle, fd, interest, on_io, ticket), expected);
    if (expected != 0 || has_failed()) return;
    started(ticket, handle, model_.start_io(op.args[0], op.args[1], interest));
}

void Runner::set_io(size_t index, uint32_t interest) {
    int expected = model_.expect(index, Kind::kIo);
    if (expected == 0 && (interest & PLX_HANGUP) != 0) expected = -EINVAL;
    expect("io_set", plx_io_set(loop_, handle_of(index), interest), expected);
    if (expected == 0) model_.set_io(index, interest);
}

void Runner::start_timer(const Op& op) {
    const int64_t delay = nanoseconds(op.args[1]);
    const int64_t period = nanoseconds(op.args[2]);
    Ticket* ticket = new_ticket();
    plx_handle handle = 0;
    expect("timer", plx_timer_start(loop_, &handle, delay, period, on_timer, ticket), 0);
    if (has_failed()) return;
    started(ticket, handle, model_.start_timer(op.args[0], plx_loop_now(loop_), delay, period));
}

void Runner::set_timer(size_t index, int64_t delay, int64_t period) {
    const int expected = model_.expect(index, Kind::kTimer);
    expect("timer_set", plx_timer_set(loop_, handle_of(index), delay, period), expected);
    if (expected == 0) model_.set_timer(index, plx_loop_now(loop_), delay, period);
}

void Runner::start_signal(const Op& op) {
    const int expected = op.args[1] == kSignals ? -EINVAL : 0;
    Ticket* ticket = new_ticket();
    plx_handle handle = 0;
    const int signo = signal_number(op.args[1]);
    expect("signal", plx_signal_start(loop_, &handle, signo, on_signal, ticket), expected);
    if (expected != 0 || has_failed()) return;
    started(ticket, handle, model_.start_signal(op.args[0], op.args[1]));
}

void Runner::raise(int signal) {
    const int before = raised(signal);
    ::raise(signal_number(signal));
    if (raised(signal) != before + 1) fail("did not call the program's own handler once");
    model_.raise(signal);
}

void Runner::start_work(const Op& op) {
    Ticket* ticket = new_ticket();
    ticket->is_held = op.args[1] != 0;
    plx_handle handle = 0;
    expect("work", plx_work_start(loop_, &handle, on_work, on_done, ticket), 0);
    if (has_failed()) return;
    started(ticket, handle, model_.start_work(op.args[0], ticket->is_held));
}

void Runner::settle() {
    model_.settle();
    const Counts counts = model_.counts();
    constexpr auto kLong = std::chrono::seconds(20);
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
        const plx_loop_stats stats = this->stats();
        if (stats.work_queued == counts.queued && stats.work_running == counts.running) return;
        if (std::chrono::steady_clock::now() - start > kLong) break;
        std::this_thread::yield();
    }
    fail("the pool does not do what it could");
}

// Posting ----------------------------------------------------------------------------------------

void Runner::post(int name) {
    Ticket* ticket = new_ticket();
    ticket->index = model_.post(0, name, 1);
    expect("post", plx_post(loop_, on_post, ticket), 0);
}

void Runner::post_from(int thread, int name, int count) {
    join(thread);
    const size_t first = model_.post(thread + 1, name, count);
    std::vector<Ticket*> tickets;
    for (int i = 0; i < count; ++i) {
        tickets.push_back(new_ticket());
        tickets.back()->index = first + static_cast<size_t>(i);
    }
    threads_.start(thread, [this, tickets] {
        for (Ticket* ticket : tickets) {
            if (plx_post(loop_, on_post, ticket) != 0) has_refused_post_ = true;
        }
    });
    // Else the backends could differ.
    if (program_.is_calm) join(thread);
}

void Runner::join(int thread) {
    threads_.join(thread);
    model_.join(thread + 1);
}

// Ending -----------------------------------------------------------------------------------------

void Runner::close(size_t index) {
    if (model_.is_open(index) && model_.thing(index).kind == Kind::kWork) return close_work(index);
    const int expected = model_.is_open(index) ? 0 : -ENOENT;
    expect("close", plx_close(loop_, handle_of(index)), expected);
    if (expected == 0) model_.close(index);
}

void Runner::close_work(size_t index) {
    const WorkState state = model_.work_state(index);
    const size_t outer = cancelling_;
    cancelling_ = index;
    const int rc = plx_close(loop_, handle_of(index));
    const bool was_told = cancelling_ == kNoThing;
    cancelling_ = outer;
    if (is_destroyed_ && !is_running_ && depth_ == 0) loop_ = nullptr;
    if (state == WorkState::kQueued) expect("close", rc, 0);
    if (state == WorkState::kRunning || state == WorkState::kDone) expect("close", rc, -EBUSY);
    if (rc != 0 && rc != -EBUSY) expect("close", rc, 0);
    if (!has_failed() && was_told != (rc == 0)) fail("close did not tell what it gave");
}

// What is of another loop, or was never given out.
void Runner::try_foreign() {
    for (const plx_handle handle : {plx_handle{0}, stray_, ~plx_handle{0}}) {
        expect("close", plx_close(loop_, handle), -ENOENT);
        expect("ref", plx_ref(loop_, handle), -ENOENT);
        expect("unref", plx_unref(loop_, handle), -ENOENT);
        expect("io_set", plx_io_set(loop_, handle, PLX_READABLE), -ENOENT);
        expect("timer_set", plx_timer_set(loop_, handle, 0, 0), -ENOENT);
    }
}

void Runner::stop() {
    expect("stop", plx_loop_stop(loop_), 0);
    model_.stop();
}

// Would it block for good, the loop is run without waiting.
void Runner::run_loop(uint32_t mode) {
    if (depth_ != 0) return expect("run", plx_loop_run(loop_, mode), -EBUSY);
    if (mode != PLX_RUN_NOWAIT && !model_.will_come(plx_loop_update_now(loop_))) {
        mode = PLX_RUN_NOWAIT;
    }
    is_default_ = mode == PLX_RUN_DEFAULT;
    is_running_ = true;
    callbacks_ = 0;
    model_.start_run(is_default_);
    loop_in_run = loop_;
    const int rc = plx_loop_run(loop_, mode);
    loop_in_run = nullptr;
    is_running_ = false;
    if (is_interrupted.exchange(false)) fail("the run does not end");
    if (is_destroyed_) {
        loop_ = nullptr;
        return expect("run", rc, -ECANCELED);
    }
    if (!has_failed()) sync();
    if (has_failed()) return;
    const std::string wrong = model_.end_run(rc);
    if (!wrong.empty()) fail("the loop " + wrong);
}

void Runner::destroy() {
    threads_.join_all();
    gate_.open();
    plx_loop_destroy(loop_);
    is_destroyed_ = true;
    if (depth_ == 0) loop_ = nullptr;
}

}  // namespace loop_model
