// SPDX-License-Identifier: MIT
#include "stage.hpp"

#include "kinds.hpp"

#include <poll.h>

#include <algorithm>

namespace model {

namespace {

// Milliseconds. Only ever pass in full when something is broken.
constexpr int kSettled = 5000;

}  // namespace

std::string Stage::apply(const Op& op) {
    if (op.verb == Verb::kOpen) {
        const std::string wrong = open(op);
        return wrong.empty() ? settle() : wrong;
    }
    const End end = model_.files().at(op.args[0]);
    if (!end) return "";
    change(op, end);
    return settle();
}

std::string Stage::open(const Op& op) {
    const auto kind = static_cast<Kind>(op.args[0]);
    const int first = op.args[1];
    const int second = op.args[2];
    if (!has_kind(kind) || first < 0 || second < 0 || first == second) return "";
    std::string wrong = world_.open(kind, first, second);
    if (wrong.empty()) model_.open(kind, first, second);
    return wrong;
}

void Stage::change(const Op& op, End end) {
    const int number = op.args[0];
    const Files& files = model_.files();
    switch (op.verb) {
        case Verb::kReset:
            if (files.can_shut_down(end)) world_.set_reset(number);
            [[fallthrough]];
        case Verb::kClose:
            world_.close(number);
            model_.close(number);
            return;
        case Verb::kDup:
            if (op.args[1] < 0 || op.args[1] == number) return;
            world_.duplicate(number, op.args[1]);
            model_.duplicate(number, op.args[1]);
            return;
        case Verb::kUrgent:
            if (!files.can_send_urgent(end) || !world_.send_urgent(number)) return;
            model_.send_urgent(end);
            return;
        case Verb::kShutdown: {
            if (!files.can_shut_down(end) || op.args[1] == 0) return;
            const bool reading = (op.args[1] & 1) != 0;
            const bool writing = (op.args[1] & 2) != 0;
            world_.shut_down(number, reading, writing);
            model_.shut_down(end, reading, writing);
            return;
        }
        default:
            if (files.kind(end) == Kind::kEventfd) return transfer_eventfd(op, end);
            if (files.kind(end) == Kind::kListener) return transfer_connection(op, end);
            transfer(op, end);
    }
}

void Stage::transfer(const Op& op, End end) {
    const int number = op.args[0];
    const Files& files = model_.files();
    const auto bytes = static_cast<size_t>(std::max(op.args[1], 1));
    Moved moved;
    switch (op.verb) {
        case Verb::kWrite:
            if (!files.can_write(end)) return;
            moved = world_.write(number, bytes);
            // That so many bytes find no room does not say that one would not.
            model_.write(end, moved.bytes, false);
            return;
        case Verb::kFill:
            if (!files.can_fill(end)) return;
            moved = world_.fill(number);
            model_.write(end, moved.bytes, moved.blocked);
            return;
        case Verb::kRead:
            if (!files.can_read(end)) return;
            moved = world_.read(number, bytes);
            model_.read(end, moved.bytes, false);
            return;
        case Verb::kDrain:
            if (files.can_read(end)) drain(number, end);
            return;
        default:
            return;
    }
}

void Stage::drain(int number, End end) {
    const bool may_wait = !model_.files().peer_is_gone(end);
    const Moved moved = world_.drain(number, may_wait ? model_.files().unread(end) : 0);
    model_.read(end, moved.bytes, true);
}

void Stage::transfer_eventfd(const Op& op, End end) {
    const int number = op.args[0];
    const size_t value = model_.files().unread(end);
    auto bytes = static_cast<size_t>(std::max(op.args[1], 1));
    switch (op.verb) {
        case Verb::kWrite:
            if (write_eventfd(World::fd_of(number), bytes)) model_.write(end, bytes, false);
            return;
        case Verb::kFill:
            if (fill_eventfd(World::fd_of(number), value, &bytes)) model_.write(end, bytes, true);
            return;
        case Verb::kRead:
        case Verb::kDrain:
            if (read_eventfd(World::fd_of(number))) model_.read(end, value, true);
            return;
        default:
            return;
    }
}

// A listener's bytes are the connections that wait to be accepted.
void Stage::transfer_connection(const Op& op, End end) {
    constexpr size_t kMost = 32;
    size_t waiting = model_.files().unread(end);
    if (op.verb == Verb::kWrite && waiting < kMost && World::connect_to(op.args[0])) {
        model_.write(end, 1, false);
    }
    if (op.verb != Verb::kRead && op.verb != Verb::kDrain) return;
    for (; waiting > 0 && World::accept_from(op.args[0]); --waiting) {
        model_.read(end, 1, false);
        if (op.verb == Verb::kRead) return;
    }
}

// Data for a TCP socket or a terminal may take a moment, even within one machine.
std::string Stage::settle() {
    for (const End end : model_.take_unsettled()) {
        const int number = model_.files().number_of(end);
        const Facts facts = model_.files().facts(end);
        short events[3] = {};
        if (facts.read == Truth::kYes) events[0] = POLLIN;
        if (facts.write == Truth::kYes) events[1] = POLLOUT;
        if (facts.urgent == Truth::kYes) events[2] = POLLPRI;
        for (const short event : events) {
            if (event == 0 || World::is_ready(number, event, kSettled)) continue;
            return "the system has not caught up with number " + std::to_string(number);
        }
    }
    return "";
}

void Stage::measure_room() {
    const Files& files = model_.files();
    for (int number = 0; number < kNumbers; ++number) {
        const End end = files.at(number);
        if (!end || files.is_asynchronous(end) || !files.can_write(end)) continue;
        if (files.facts(end).write != Truth::kMaybe) continue;
        model_.learn_room(end, World::has_room(number));
    }
}

}  // namespace model
