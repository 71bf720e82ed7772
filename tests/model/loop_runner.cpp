// SPDX-License-Identifier: MIT
// Callbacks, and what is compared.
#include "loop_runner.hpp"

#include <cerrno>

namespace loop_model {

namespace {

// A handle of a loop that the programs do not know.
plx_handle stray_handle() {
    static plx_handle stray = [] {
        static plx_loop* other = nullptr;
        plx_handle handle = 0;
        if (plx_loop_create(&other, nullptr) != 0) return handle;
        plx_timer_start(
            other, &handle, 0, 0, [](plx_loop*, plx_handle, void*) {}, nullptr);
        return handle;
    }();
    return stray;
}

}  // namespace

Statistics& statistics() {
    static Statistics all;
    return all;
}

Verdict run(const Program& program, uint32_t backend) {
    return Runner(program).run(backend);
}

Runner::Runner(const Program& program)
    : program_(program), model_(program), stray_(stray_handle()) {
    current_.fill(kNoThing);
    old_.fill(kNoThing);
    for (size_t i = 0; i < program.ops.size(); ++i) {
        const int where = program.ops[i].where;
        if (where != kInMain) scripts_[static_cast<size_t>(where)].push_back(i);
    }
}

Verdict Runner::run(uint32_t backend) {
    ++statistics().runs;
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    options.backend = backend;
    options.work_threads = static_cast<uint32_t>(program_.threads);
    options.events_per_wait = static_cast<uint32_t>(program_.events);
    if (!pairs_.open()) return {"there are no descriptors for the program", 0, {}};
    const int fds = count_fds();
    expect("create", plx_loop_create(&loop_, &options), 0);
    for (size_t i = 0; i < program_.ops.size() && !has_failed() && !is_destroyed_; ++i) {
        if (program_.ops[i].where == kInMain) apply(i);
    }
    if (!is_destroyed_) destroy();
    for (const Ticket& ticket : tickets_) {
        if (ticket.is_cancelled && ticket.times_run != 0) fail("ran work that was cancelled");
        if (ticket.times_run > 1) fail("ran work twice");
    }
    if (has_refused_post_) fail("refused a post of another thread");
    if (count_fds() != fds) fail("left descriptors open");
    return verdict_;
}

// Comparing --------------------------------------------------------------------------------------

void Runner::fail(const std::string& what) {
    if (!has_failed()) verdict_.what = what.empty() ? "failed" : what;
    // A run in progress shall end.
    if (loop_ != nullptr && !is_destroyed_) plx_loop_stop(loop_);
    gate_.open();
}

void Runner::expect(const char* call, int rc, int expected) {
    ++statistics().calls;
    if (rc == expected) return;
    fail(std::string(call) + " gave " + std::to_string(rc) + ", not " + std::to_string(expected));
}

plx_loop_stats Runner::stats() const {
    plx_loop_stats stats = PLX_LOOP_STATS_INIT;
    plx_loop_stats_get(loop_, &stats);
    return stats;
}

// The model hears of iterations that have begun.
void Runner::sync() {
    const uint64_t iterations = stats().iterations;
    if (iterations == model_.iteration()) return;
    statistics().iterations += iterations - model_.iteration();
    const std::string wrong = model_.begin(iterations, plx_loop_now(loop_));
    if (!wrong.empty()) fail("the loop " + wrong);
}

void Runner::check_counts() {
    if (has_failed() || is_destroyed_) return;
    const plx_loop_stats stats = this->stats();
    const Counts counts = model_.counts();
    const auto compare = [&](const char* what, uint64_t found, uint64_t expected) {
        if (found == expected) return;
        fail("statistics: " + std::to_string(found) + " " + what + ", not " +
             std::to_string(expected));
    };
    const auto of = [](const std::array<uint64_t, kKinds>& all, Kind kind) {
        return all[static_cast<size_t>(kind)];
    };
    compare("I/O handles", stats.io_handles, of(counts.open, Kind::kIo));
    compare("timer handles", stats.timer_handles, of(counts.open, Kind::kTimer));
    compare("active timers", stats.active_timers, counts.active_timers);
    compare("signal handles", stats.signal_handles, of(counts.open, Kind::kSignal));
    compare("work handles", stats.work_handles, of(counts.open, Kind::kWork));
    compare("child handles", stats.child_handles, 0);
    compare("I/O callbacks", stats.io_events, of(counts.run, Kind::kIo));
    compare("timers fired", stats.timers_fired, of(counts.run, Kind::kTimer));
    compare("posts run", stats.posts, of(counts.run, Kind::kPost));
    compare("signals told", stats.signals, of(counts.run, Kind::kSignal));
    compare("pieces of work told", stats.work_done, of(counts.run, Kind::kWork));
    if (!program_.settles) return;
    compare("pieces of work queued", stats.work_queued, counts.queued);
    compare("pieces of work running", stats.work_running, counts.running);
}

// Of use outside of a run only, so compared there only.
void Runner::check_deadline() {
    if (has_failed() || is_destroyed_ || depth_ != 0) return;
    int64_t deadline = 0;
    expect("next_deadline", plx_loop_next_deadline(loop_, &deadline), 0);
    const std::string wrong = model_.check_deadline(deadline);
    if (!wrong.empty()) fail("the " + wrong);
}

// Callbacks --------------------------------------------------------------------------------------

Runner::Ticket* Runner::new_ticket() {
    Ticket& ticket = tickets_.emplace_back();
    ticket.runner = this;
    return &ticket;
}

void Runner::started(Ticket* ticket, plx_handle handle, size_t index) {
    ticket->index = index;
    ticket->handle = handle;
    if (by_index_.size() <= index) by_index_.resize(index + 1);
    by_index_[index] = ticket;
    const auto name = static_cast<size_t>(model_.thing(index).name);
    old_[name] = current_[name];
    current_[name] = index;
}

plx_handle Runner::handle_of(size_t index) const {
    return index < by_index_.size() && by_index_[index] != nullptr ? by_index_[index]->handle : 0;
}

// False if there is nothing more to compare.
bool Runner::enter(const Ticket& ticket, plx_handle handle) {
    ++statistics().callbacks;
    if (has_failed()) return false;
    if (is_destroyed_) {
        fail("a callback after the loop was destroyed");
        return false;
    }
    if (handle != ticket.handle) fail("a callback was given another handle");
    if (is_running_) sync();
    return !has_failed();
}

void Runner::note(const char* kind, const Ticket& ticket, int detail) {
    const bool is_io = kind[0] == 'i';
    if (is_io && model_.io_of_iteration() > 1) is_log_cut_ = true;
    if (is_log_cut_) return;
    verdict_.log.push_back(std::string(kind) + " " +
                           std::to_string(model_.thing(ticket.index).name) + " " +
                           std::to_string(detail));
}

void Runner::leave(const Ticket& ticket, const std::string& wrong, const char* kind, int detail) {
    const int name = model_.thing(ticket.index).name;
    if (!wrong.empty()) {
        fail(std::string(kind) + " of name " + std::to_string(name) + ": " + wrong);
        return;
    }
    note(kind, ticket, detail);
    check_counts();
    ++depth_;
    run_script(name);
    --depth_;
    if (!is_running_ || is_destroyed_ || has_failed()) return;
    const bool is_enough = ++callbacks_ == kMostCallbacks;
    if (is_enough || (is_default_ && !model_.will_come(plx_loop_now(loop_)))) stop();
}

void Runner::run_script(int name) {
    std::deque<size_t>& script = scripts_[static_cast<size_t>(name)];
    for (int i = 0; i < kCallsOfCallback && !script.empty(); ++i) {
        if (has_failed() || is_destroyed_) return;
        const size_t op = script.front();
        script.pop_front();
        apply(op);
    }
}

void Runner::on_io(plx_loop*, plx_handle handle, uint32_t events, void* user) {
    auto& ticket = *static_cast<Ticket*>(user);
    Runner& self = *ticket.runner;
    if (!self.enter(ticket, handle)) return;
    self.leave(ticket, self.model_.on_io(ticket.index, events), "io", static_cast<int>(events));
}

void Runner::on_timer(plx_loop* loop, plx_handle handle, void* user) {
    auto& ticket = *static_cast<Ticket*>(user);
    Runner& self = *ticket.runner;
    if (!self.enter(ticket, handle)) return;
    const int64_t now = plx_loop_now(loop);
    if (now > clock_now()) self.fail("the loop's time is ahead of the clock");
    self.leave(ticket, self.model_.on_timer(ticket.index, now), "timer", 0);
}

void Runner::on_signal(plx_loop*, plx_handle handle, int signo, void* user) {
    auto& ticket = *static_cast<Ticket*>(user);
    Runner& self = *ticket.runner;
    if (!self.enter(ticket, handle)) return;
    const int signal = signo == signal_number(0) ? 0 : 1;
    if (signo != signal_number(signal)) self.fail("a callback was told of a strange signal");
    self.leave(ticket, self.model_.on_signal(ticket.index, signal), "signal", signal);
}

void Runner::on_post(plx_loop*, void* user) {
    auto& ticket = *static_cast<Ticket*>(user);
    Runner& self = *ticket.runner;
    if (!self.enter(ticket, 0)) return;
    self.leave(ticket, self.model_.on_post(ticket.index), "post", 0);
}

void Runner::on_done(plx_loop*, plx_handle handle, int status, void* user) {
    auto& ticket = *static_cast<Ticket*>(user);
    Runner& self = *ticket.runner;
    if (!self.enter(ticket, handle)) return;
    std::string wrong;
    if (status == -ECANCELED) {
        if (self.cancelling_ != ticket.index) wrong = "is told to be cancelled, and is not";
        self.cancelling_ = kNoThing;
        ticket.is_cancelled = true;
        if (wrong.empty()) self.model_.close(ticket.index);
    } else if (status != 0) {
        wrong = "has the status " + std::to_string(status);
    } else {
        if (ticket.times_run != 1) self.fail("told of work that has not run once");
        wrong = self.model_.on_work(ticket.index);
    }
    self.leave(ticket, wrong, "work", status);
}

void Runner::on_work(void* user) {
    auto& ticket = *static_cast<Ticket*>(user);
    ++ticket.times_run;
    if (ticket.is_held) ticket.runner->gate_.pass();
}

}  // namespace loop_model
