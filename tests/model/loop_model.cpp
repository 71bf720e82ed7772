// SPDX-License-Identifier: MIT
// What calls change.
#include "loop_model.hpp"

#include "pollux/pollux.h"

#include <cerrno>

namespace loop_model {

namespace {

int64_t later(int64_t now, int64_t delay) {
    return delay > INT64_MAX - now ? INT64_MAX : now + delay;
}

}  // namespace

Model::Model(const Program& program) : program_(program) {}

size_t Model::add(Kind kind, int name) {
    Thing thing;
    thing.kind = kind;
    thing.name = name;
    thing.is_open = true;
    thing.started = iteration_;
    things_.push_back(thing);
    return things_.size() - 1;
}

std::string Model::describe(size_t index) const {
    constexpr const char* kNamesOfKinds[kKinds] = {"the timer", "the post", "the signal",
                                                   "the work", "the I/O"};
    const Thing& thing = things_[index];
    return std::string(kNamesOfKinds[static_cast<int>(thing.kind)]) + " of name " +
           std::to_string(thing.name);
}

// I/O --------------------------------------------------------------------------------------------

int Model::expect_io(int end, uint32_t interest) const {
    if ((interest & PLX_HANGUP) != 0) return -EINVAL;
    if (end < 0) return -EBADF;
    for (const Thing& thing : things_) {
        if (thing.is_open && thing.kind == Kind::kIo && thing.end == end) return -EEXIST;
    }
    return 0;
}

int Model::expect(size_t index, Kind kind) const {
    return is_open(index) && things_[index].kind == kind ? 0 : -ENOENT;
}

size_t Model::start_io(int name, int end, uint32_t interest) {
    const size_t index = add(Kind::kIo, name);
    things_[index].end = end;
    things_[index].wanted = things_[index].applied = interest;
    return index;
}

void Model::set_io(size_t index, uint32_t interest) {
    Thing& thing = things_[index];
    thing.is_changed |= interest != thing.applied || !thing.is_armed;
    thing.wanted = interest;
    // What the interest does not cover when its turn comes is not told.
    for (Event& event : events_) {
        if (event.index == index && covered(thing, event.events) == 0) event.is_required = false;
    }
}

uint32_t Model::conditions(const Thing& thing) const {
    const bool is_readable = bytes_[static_cast<size_t>(thing.end)] != 0;
    return thing.applied & (PLX_WRITABLE | (is_readable ? PLX_READABLE : 0U));
}

uint32_t Model::covered(const Thing& thing, uint32_t events) const {
    return thing.is_changed ? events & thing.wanted : events;
}

// Timers -----------------------------------------------------------------------------------------

size_t Model::start_timer(int name, int64_t now, int64_t delay, int64_t period) {
    const size_t index = add(Kind::kTimer, name);
    set_timer(index, now, delay, period);
    return index;
}

void Model::set_timer(size_t index, int64_t now, int64_t delay, int64_t period) {
    Thing& thing = things_[index];
    thing.is_set = delay >= 0;
    if (thing.is_set) thing.deadline = later(now, delay);
    thing.period = period;
    thing.order = next_order_++;
}

// Signals ----------------------------------------------------------------------------------------

size_t Model::start_signal(int name, int signal) {
    const size_t index = add(Kind::kSignal, name);
    things_[index].signal = signal;
    return index;
}

bool Model::is_watched(int signal) const {
    for (const Thing& thing : things_) {
        if (thing.is_open && thing.kind == Kind::kSignal && thing.signal == signal) return true;
    }
    return false;
}

void Model::raise(int signal) {
    for (Thing& thing : things_) {
        if (!thing.is_open || thing.kind != Kind::kSignal || thing.signal != signal) continue;
        thing.was_there = true;
        pending_[static_cast<size_t>(signal)] = true;
    }
}

// Work -------------------------------------------------------------------------------------------

size_t Model::start_work(int name, bool is_held) {
    const size_t index = add(Kind::kWork, name);
    things_[index].is_held = is_held;
    return index;
}

// What was known of what has not ended no longer holds.
void Model::release() {
    is_released_ = true;
    for (Thing& thing : things_) {
        if (thing.state != WorkState::kDone) thing.state = WorkState::kUnknown;
    }
}

// The threads take the oldest first; what is held back keeps its thread.
WorkState Model::ends_as(const Thing& thing, int* free) const {
    if (thing.state == WorkState::kDone) return WorkState::kDone;
    if (*free == 0) return WorkState::kQueued;
    if (!thing.is_held || is_released_) return WorkState::kDone;
    --*free;
    return WorkState::kRunning;
}

void Model::settle() {
    int free = program_.threads;
    for (Thing& thing : things_) {
        if (!thing.is_open || thing.kind != Kind::kWork) continue;
        thing.state = ends_as(thing, &free);
    }
}

// Posts, and all handles -------------------------------------------------------------------------

size_t Model::post(int source, int name, int count) {
    const size_t first = things_.size();
    for (int i = 0; i < count; ++i) {
        const size_t index = add(Kind::kPost, name);
        things_[index].end = source;
        posts_[static_cast<size_t>(source)].push_back({index, source == 0});
    }
    return first;
}

void Model::join(int source) {
    for (Post& post : posts_[static_cast<size_t>(source)])
        post.is_sure = true;
}

void Model::close(size_t index) {
    Thing& thing = things_[index];
    thing.is_open = false;
    if (thing.kind == Kind::kSignal && !is_watched(thing.signal)) {
        pending_[static_cast<size_t>(thing.signal)] = false;
    }
    if (thing.kind == Kind::kWork) ++run_[static_cast<size_t>(Kind::kWork)];
}

bool Model::is_alive(bool with_unsure) const {
    for (const Thing& thing : things_) {
        if (!thing.is_open || thing.is_unref || thing.kind == Kind::kPost) continue;
        if (thing.kind != Kind::kTimer || thing.is_set) return true;
    }
    for (const auto& posts : posts_) {
        if (!posts.empty() && (with_unsure || posts.front().is_sure)) return true;
    }
    return false;
}

Counts Model::counts() const {
    Counts counts;
    counts.run = run_;
    for (const Thing& thing : things_) {
        if (!thing.is_open) continue;
        ++counts.open[static_cast<size_t>(thing.kind)];
        counts.active_timers += thing.kind == Kind::kTimer && thing.is_set;
        counts.queued += thing.state == WorkState::kQueued;
        counts.running += thing.state == WorkState::kRunning;
    }
    return counts;
}

}  // namespace loop_model
