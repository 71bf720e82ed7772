// SPDX-License-Identifier: MIT
// What iterations have to run, and what they may.
#include "loop_model.hpp"

#include "pollux/pollux.h"

#include <algorithm>

namespace loop_model {

namespace {

constexpr int64_t kSoon = 50'000'000;  // nanoseconds

}  // namespace

// Beginning --------------------------------------------------------------------------------------

void Model::start_run(bool is_default) {
    is_default_ = is_default;
    first_iteration_ = iteration_ + 1;
}

std::string Model::begin(uint64_t iteration, int64_t now) {
    while (iteration_ < iteration) {
        const std::string wrong = is_inside_ ? check_all_left() : "";
        if (!wrong.empty()) return wrong;
        if (iteration_ + 1 != first_iteration_) {
            const std::string why = check_going_on();
            if (!why.empty()) return why;
        }
        ++iteration_;
        is_inside_ = true;
        phase_ = Kind::kTimer;
        // Of one in which nothing was called the time is not known; it was no earlier than this.
        if (iteration_ == iteration) now_ = now;
        gather(now_);
    }
    return "";
}

std::string Model::check_going_on() const {
    if (!is_default_) return "ran more than one iteration";
    if (is_stopping_) return "went on after a stop";
    return is_alive(true) ? "" : "went on though nothing keeps the loop alive";
}

void Model::gather(int64_t now) {
    gather_timers(now);
    gather_posts();
    gather_signals();
    works_due_.clear();
    for (size_t i = 0; i < things_.size(); ++i) {
        if (things_[i].is_open && things_[i].state == WorkState::kDone) works_due_.push_back(i);
        things_[i].was_unknown = things_[i].state == WorkState::kUnknown;
    }
    gather_io();
}

void Model::gather_timers(int64_t now) {
    timers_.clear();
    for (size_t i = 0; i < things_.size(); ++i) {
        const Thing& thing = things_[i];
        const bool is_timer = thing.is_open && thing.kind == Kind::kTimer;
        if (is_timer && thing.is_set && thing.deadline <= now) timers_.push_back({i, thing.order});
    }
    std::sort(timers_.begin(), timers_.end(), [&](const Timer& left, const Timer& right) {
        const int64_t first = things_[left.index].deadline;
        const int64_t second = things_[right.index].deadline;
        return first != second ? first < second : left.order < right.order;
    });
}

void Model::gather_posts() {
    for (size_t source = 0; source < kSources; ++source) {
        posts_left_[source] = posts_[source].size();
        posts_due_[source] = 0;
        for (const Post& post : posts_[source])
            posts_due_[source] += post.is_sure;
    }
}

void Model::gather_signals() {
    signals_.clear();
    for (size_t i = 0; i < things_.size(); ++i) {
        Thing& thing = things_[i];
        if (!thing.is_open || thing.kind != Kind::kSignal) continue;
        if (pending_[static_cast<size_t>(thing.signal)])
            signals_.push_back({i, 0, thing.was_there});
        thing.was_there = false;
    }
    pending_ = {};
}

// Changes of interest reach the kernel, and then it says what is ready.
void Model::gather_io() {
    events_.clear();
    events_run_ = 0;
    for (size_t i = 0; i < things_.size(); ++i) {
        Thing& thing = things_[i];
        if (!thing.is_open || thing.kind != Kind::kIo) continue;
        if (thing.is_changed) {
            thing.applied = thing.wanted;
            thing.is_changed = false;
            thing.is_armed = true;
        }
        const uint32_t events = thing.is_armed ? conditions(thing) : 0;
        if (events != 0) events_.push_back({i, events, program_.events == 0});
    }
    io_of_iteration_ = events_.size();
}

// Ending -----------------------------------------------------------------------------------------

bool Model::is_valid(const Timer& timer) const {
    const Thing& thing = things_[timer.index];
    return thing.is_open && thing.is_set && thing.order == timer.order;
}

// The first that has to run and has not.
bool Model::is_left(Kind kind, size_t* index) const {
    const auto note = [index](size_t found) {
        *index = found;
        return true;
    };
    if (kind == Kind::kTimer) {
        for (const Timer& timer : timers_)
            if (is_valid(timer)) return note(timer.index);
    } else if (kind == Kind::kPost) {
        for (size_t source = 0; source < kSources; ++source)
            if (posts_due_[source] != 0) return note(posts_[source].front().index);
    } else if (kind == Kind::kWork) {
        for (const size_t work : works_due_)
            if (things_[work].is_open) return note(work);
    } else if (kind == Kind::kSignal) {
        for (const Event& event : signals_)
            if (event.is_required && things_[event.index].is_open) return note(event.index);
    } else {
        for (const Event& event : events_)
            if (event.is_required && things_[event.index].is_open) return note(event.index);
    }
    return false;
}

std::string Model::check_left(Kind kind) const {
    size_t index = 0;
    return is_left(kind, &index) ? "did not run " + describe(index) + " in its turn" : "";
}

std::string Model::check_all_left() const {
    for (int kind = 0; kind < kKinds; ++kind) {
        std::string wrong = check_left(static_cast<Kind>(kind));
        if (!wrong.empty()) return wrong;
    }
    return "";
}

std::string Model::end_run(int rc) {
    std::string wrong = is_inside_ ? check_all_left() : "";
    is_inside_ = false;
    const bool is_stopped = is_stopping_;
    is_stopping_ = false;
    if (!wrong.empty()) return wrong;
    if (rc != 0 && rc != 1) return "run gave " + std::to_string(rc);
    if (rc == 1 && !is_alive(true)) return "run gave 1 though nothing keeps the loop alive";
    if (rc == 0 && is_alive(false)) return "run gave 0 though something keeps the loop alive";
    const uint64_t iterations = iteration_ + 1 - first_iteration_;
    if (!is_default_ && iterations != 1) return "ran " + std::to_string(iterations) + " iterations";
    if (is_default_ && rc == 1 && !is_stopped) return "ended without a stop";
    return "";
}

// Callbacks --------------------------------------------------------------------------------------

std::string Model::enter(Kind kind) {
    if (!is_inside_) return "a callback outside of an iteration";
    if (kind < phase_) return "is out of order within the iteration";
    for (int phase = static_cast<int>(phase_); phase < static_cast<int>(kind); ++phase) {
        std::string wrong = check_left(static_cast<Kind>(phase));
        if (!wrong.empty()) return wrong;
    }
    phase_ = kind;
    ++run_[static_cast<size_t>(kind)];
    return "";
}

std::string Model::on_timer(size_t index, int64_t now) {
    std::string wrong = enter(Kind::kTimer);
    if (!wrong.empty()) return wrong;
    while (!timers_.empty() && !is_valid(timers_.front()))
        timers_.pop_front();
    if (timers_.empty()) return "is not due";
    if (timers_.front().index != index) return "comes before " + describe(timers_.front().index);
    timers_.pop_front();
    Thing& thing = things_[index];
    thing.is_set = thing.period != 0;
    if (!thing.is_set) return "";
    const int64_t periods = (now - thing.deadline) / thing.period + 1;
    thing.deadline += std::max<int64_t>(periods, 1) * thing.period;
    thing.order = next_order_++;
    return "";
}

std::string Model::on_post(size_t index) {
    std::string wrong = enter(Kind::kPost);
    if (!wrong.empty()) return wrong;
    const auto source = static_cast<size_t>(things_[index].end);
    auto& posts = posts_[source];
    if (!things_[index].is_open) return "was run before";
    if (posts.front().index != index) return "is not the oldest of its thread";
    if (posts_left_[source] == 0) return "was posted in this iteration";
    posts.pop_front();
    --posts_left_[source];
    if (posts_due_[source] != 0) --posts_due_[source];
    things_[index].is_open = false;
    return "";
}

std::string Model::on_signal(size_t index, int signal) {
    std::string wrong = enter(Kind::kSignal);
    if (!wrong.empty()) return wrong;
    if (!things_[index].is_open) return "is closed";
    if (signal != things_[index].signal) return "was told of another signal";
    while (!signals_.empty() && signals_.front().index != index) {
        const Event& front = signals_.front();
        if (front.is_required && things_[front.index].is_open) {
            return "comes before " + describe(front.index);
        }
        signals_.pop_front();
    }
    if (signals_.empty()) return "has nothing to be told of, or is out of order";
    signals_.pop_front();
    return "";
}

std::string Model::on_work(size_t index) {
    std::string wrong = enter(Kind::kWork);
    if (!wrong.empty()) return wrong;
    Thing& thing = things_[index];
    if (!thing.is_open) return "has ended before";
    if (thing.started == iteration_) return "was started in this iteration";
    const bool is_known = std::count(works_due_.begin(), works_due_.end(), index) != 0;
    if (!is_known && !thing.was_unknown) return "was not done when the iteration began";
    if (thing.is_held && !is_released_) return "is held back";
    for (size_t i = 0; i < index && program_.threads == 1; ++i) {
        if (things_[i].is_open && things_[i].kind == Kind::kWork)
            return "comes before " + describe(i);
    }
    thing.is_open = false;
    return "";
}

std::string Model::on_io(size_t index, uint32_t events) {
    std::string wrong = enter(Kind::kIo);
    if (!wrong.empty()) return wrong;
    Thing& thing = things_[index];
    const auto event = std::find_if(events_.begin(), events_.end(),
                                    [index](const Event& each) { return each.index == index; });
    if (!thing.is_open) return "is closed";
    if (event == events_.end()) return "has nothing to be told of in this iteration";
    const uint32_t expected = covered(thing, event->events);
    if (events != expected) return "has other events than those that hold and are wanted";
    if (program_.events != 0 && ++events_run_ > program_.events) return "is one too many";
    events_.erase(event);
    if ((thing.applied & PLX_ONESHOT) != 0 && !thing.is_changed) thing.is_armed = false;
    return "";
}

// What is to come --------------------------------------------------------------------------------

bool Model::will_come(int64_t now) const {
    size_t index = 0;
    if (is_inside_ && is_left(Kind::kSignal, &index)) return true;
    int free = program_.threads;
    for (const Thing& thing : things_) {
        if (!thing.is_open) continue;
        if (thing.kind == Kind::kPost) return true;
        if (thing.kind == Kind::kTimer && thing.is_set && thing.deadline <= now + kSoon)
            return true;
        if (thing.kind == Kind::kSignal && pending_[static_cast<size_t>(thing.signal)]) return true;
        if (thing.kind == Kind::kWork && ends_as(thing, &free) == WorkState::kDone) return true;
        if (thing.kind != Kind::kIo) continue;
        Thing next = thing;
        if (next.is_changed) next.applied = next.wanted;
        if ((next.is_changed || next.is_armed) && conditions(next) != 0) return true;
    }
    return false;
}

// It may be before the first timer's, which was put off, but not after it.
std::string Model::check_deadline(int64_t deadline) const {
    bool is_due = is_stopping_;
    int64_t first = -1;
    for (const Thing& thing : things_) {
        if (!thing.is_open) continue;
        is_due |= thing.kind == Kind::kPost && thing.end == 0;
        is_due |= thing.kind == Kind::kSignal && thing.was_there;
        is_due |= thing.kind == Kind::kWork && thing.state == WorkState::kDone;
        if (thing.kind != Kind::kTimer || !thing.is_set) continue;
        if (first < 0 || thing.deadline < first) first = thing.deadline;
    }
    if (is_due)
        return deadline == 0 ? "" : "next deadline is not 0 though there is something to do";
    if (first < 0 && deadline > 0) return "next deadline without a timer";
    if (first >= 0 && (deadline < 0 || deadline > first)) return "next deadline misses a timer";
    return "";
}

}  // namespace loop_model
