// SPDX-License-Identifier: MIT
#include "runner.hpp"

#include "child.hpp"
#include "stage.hpp"

#include <time.h>
#include <unistd.h>

#include <memory>
#include <optional>

namespace model {

namespace {

// Nanoseconds.
constexpr int64_t kMicrosecond = 1'000;
constexpr int64_t kMillisecond = 1'000'000;
// Only ever pass in full when something is broken.
constexpr int64_t kForEver = 10'000 * kMillisecond;
constexpr int kLateRounds = 200;

int64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::string result_text(int rc) {
    return rc < 0 ? plx_error_name(rc) : std::to_string(rc);
}

std::string expect(int rc, int expected) {
    if (rc == expected) return "";
    return "gave " + result_text(rc) + ", expected " + result_text(expected);
}

class Run {
public:
    explicit Run(uint32_t backend) : backend_(backend), stage_(backend), model_(stage_.model()) {}

    Verdict run(const Program& program);

private:
    struct Destroy {
        void operator()(plx_poller* poller) const { plx_poller_destroy(poller); }
    };

    std::string step(const Op& op, uint64_t token);
    std::string call(const Op& op, uint64_t token);
    std::string create(int poller);

    std::string wait(int poller, int capacity, int timeout);
    std::string judge(int poller, int rc, int capacity);
    std::string look_for_late(int poller);
    int wait_once(int poller, int capacity, int64_t timeout_ns);

    std::string look_at_front(int poller);
    std::string fork();
    std::string check_parent();
    std::string check_counts() const;

    uint32_t backend_;
    Stage stage_;
    Model& model_;
    std::unique_ptr<plx_poller, Destroy> pollers_[kPollers];
    std::vector<plx_event> events_;
    std::optional<Child> parent_;  // to report to, in a child
    std::optional<Verdict> rest_;  // what a child has found
};

Verdict Run::run(const Program& program) {
    ++statistics().runs;
    Verdict verdict;
    for (size_t i = 0; i < program.size() && !verdict.is_failure() && !rest_; ++i) {
        ++statistics().calls;
        verdict = {step(program[i], i + 1), i};
    }
    if (rest_ && !verdict.is_failure()) verdict = *rest_;
    if (!verdict.is_failure()) verdict.what = check_counts();
    for (auto& poller : pollers_)
        poller.reset();
    if (parent_) parent_->report(verdict);
    return verdict;
}

std::string Run::step(const Op& op, uint64_t token) {
    if (op.verb == Verb::kFork) return fork();
    if (op.verb < Verb::kAdd) return stage_.apply(op);
    if (!pollers_[op.args[0]]) {
        // One that a child makes for itself is not the parent's.
        const std::string wrong = parent_ ? "" : create(op.args[0]);
        if (parent_ || !wrong.empty()) return wrong;
    }
    return call(op, token);
}

std::string Run::create(int poller) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    options.backend = backend_;
    plx_poller* made = nullptr;
    const int rc = plx_poller_create(&made, &options);
    pollers_[poller].reset(made);
    return rc < 0 ? "create gave " + result_text(rc) : "";
}

std::string Run::call(const Op& op, uint64_t token) {
    const auto [poller, number, third] = op.args;
    plx_poller* real = pollers_[poller].get();
    const int fd = World::fd_of(number);
    const auto interest = static_cast<uint32_t>(third);
    switch (op.verb) {
        case Verb::kAdd:
            return expect(plx_poller_add(real, fd, token, interest),
                          model_.add(poller, number, token, interest));
        case Verb::kModify:
            return expect(plx_poller_modify(real, fd, token, interest),
                          model_.modify(poller, number, token, interest));
        case Verb::kRemove:
            return expect(plx_poller_remove(real, fd), model_.remove(poller, number));
        case Verb::kWake:
            return expect(plx_poller_wake(real), model_.wake(poller));
        case Verb::kAfterFork:
            return expect(plx_poller_after_fork(real), model_.after_fork(poller));
        case Verb::kFront:
            return look_at_front(poller);
        default:
            return wait(poller, number, third);
    }
}

// Waiting -----------------------------------------------------------------------------------------

int Run::wait_once(int poller, int capacity, int64_t timeout_ns) {
    events_.resize(static_cast<size_t>(capacity > 0 ? capacity : 1));
    const int rc = plx_poller_wait(pollers_[poller].get(), events_.data(), capacity, timeout_ns);
    if (rc >= 0 && rc <= capacity) events_.resize(static_cast<size_t>(rc));
    return rc;
}

std::string Run::wait(int poller, int capacity, int timeout) {
    ++statistics().waits;
    stage_.measure_room();
    const int error = model_.begin_wait(poller, capacity);
    if (error < 0) return expect(wait_once(poller, capacity, 0), error);
    int64_t timeout_ns = timeout * kMicrosecond;
    if (timeout < 0) timeout_ns = model_.is_something_due(poller) ? kForEver : 0;
    const int64_t before = timeout_ns == 0 ? 0 : now_ns();
    const int rc = wait_once(poller, capacity, timeout_ns);
    if (rc == 0 && timeout_ns != 0 && now_ns() - before < timeout_ns) return "ended early";
    return judge(poller, rc, capacity);
}

std::string Run::judge(int poller, int rc, int capacity) {
    if (rc < 0 || rc > capacity) return "gave " + result_text(rc);
    statistics().events += static_cast<uint64_t>(rc);
    std::string wrong = model_.take_events(poller, events_);
    if (!wrong.empty()) return "gave " + wrong;
    if (model_.is_full(poller, capacity, rc)) return model_.pass_over(poller, rc);
    return look_for_late(poller);
}

// All that had to come has come, or comes within a moment if its file takes its time.
std::string Run::look_for_late(int poller) {
    for (int round = 0;; ++round) {
        const std::vector<Model::Missing> missing = model_.missing(poller);
        if (missing.empty()) return "";
        for (const Model::Missing& one : missing) {
            if (!one.may_be_late || round == kLateRounds) return "did not give " + one.what;
        }
        ++statistics().late;
        const int rc = wait_once(poller, kNumbers + 1, kMillisecond);
        if (rc < 0) return "gave " + result_text(rc);
        std::string wrong = model_.take_late_events(poller, events_);
        if (!wrong.empty()) return "gave late " + wrong;
    }
}

// The descriptor by which the poller is nested in another loop.
std::string Run::look_at_front(int poller) {
    const int fd = plx_poller_fd(pollers_[poller].get());
    const int expected = model_.front(poller);
    if (expected < 0 || fd < 0) return expect(fd, expected);
    stage_.measure_room();
    const Truth wanted = model_.is_front_readable(poller);
    const bool readable = World::is_readable(fd);
    if (wanted == Truth::kYes && !readable) return "is not readable";
    if (wanted == Truth::kNo && readable) return "is readable";
    return "";
}

// Forking -----------------------------------------------------------------------------------------

std::string Run::fork() {
    Child child;
    if (!child.fork()) return "the system has no more processes for the program";
    if (child.is_child()) {
        parent_ = child;
        model_.fork();
        return "";
    }
    rest_ = child.verdict();
    return rest_->is_failure() ? "" : check_parent();
}

// What the child has done does not show in the parent's pollers.
std::string Run::check_parent() {
    for (int poller = 0; poller < kPollers; ++poller) {
        if (!pollers_[poller] || model_.is_foreign(poller)) continue;
        const int rc = wait_once(poller, kNumbers + 1, 0);
        if (rc < 0) return "the parent's wait gave " + result_text(rc);
        std::string wrong = model_.check_identity(poller, events_);
        if (!wrong.empty()) return "the parent's wait gave " + wrong;
    }
    return "";
}

std::string Run::check_counts() const {
    for (int poller = 0; poller < kPollers; ++poller) {
        if (!pollers_[poller]) continue;
        const size_t count = plx_poller_count(pollers_[poller].get());
        if (count != model_.count(poller)) return "the count is " + std::to_string(count);
    }
    return "";
}

}  // namespace

Statistics& statistics() {
    static Statistics all;
    return all;
}

Verdict run(const Program& program, uint32_t backend) {
    return Run(backend).run(program);
}

std::vector<uint32_t> backends() {
    std::vector<uint32_t> ids(plx_backend_list(nullptr, 0));
    ids.resize(plx_backend_list(ids.data(), ids.size()));
    return ids;
}

}  // namespace model
