// SPDX-License-Identifier: MIT
#include "files.hpp"

#include "pollux/pollux.h"

#include <algorithm>

namespace model {

namespace {

// So much fits in any buffer, however the kernel counts.
constexpr size_t kSurelyFits = 1024;
constexpr int kSurelyFitWrites = 8;

constexpr uint32_t kAllHints = PLX_ERROR | PLX_HANGUP | PLX_READ_CLOSED;

}  // namespace

Files::Files() : numbers_(kNumbers) {
    files_.reserve(16);
}

int Files::number_of(End end) const {
    const auto found = std::find(numbers_.begin(), numbers_.end(), end);
    return found == numbers_.end() ? -1 : static_cast<int>(found - numbers_.begin());
}

int Files::sides(End end) const {
    return has_one_side(kind(end)) ? 1 : 2;
}

bool Files::can_write(End end) const {
    return kind(end) != Kind::kFile && !(is_pipe(end) && end.side == 0);
}

bool Files::can_read(End end) const {
    return kind(end) != Kind::kFile && !(is_pipe(end) && end.side == 1);
}

bool Files::can_fill(End end) const {
    return can_write(end) && kind(end) != Kind::kPty && kind(end) != Kind::kListener;
}

// A second urgent byte makes the first an ordinary one, or loses it.
bool Files::can_send_urgent(End end) const {
    return kind(end) == Kind::kTcp && !side(end).shut_writing && other(end).references > 0 &&
           !other(end).shut_reading && other(end).urgent == Truth::kNo &&
           other(end).room == Truth::kYes;
}

// What changes ------------------------------------------------------------------------------------

void Files::assign(int number, End end) {
    close(number);
    numbers_[static_cast<size_t>(number)] = end;
    ++side(end).references;
}

void Files::open(Kind kind, int first, int second) {
    files_.push_back({kind, {}, true});
    const End end{static_cast<int>(files_.size()) - 1, 0};
    assign(first, end);
    if (sides(end) == 2) assign(second, peer(end));
}

void Files::close(int number) {
    End& end = numbers_[static_cast<size_t>(number)];
    if (!end) return;
    if (--side(end).references == 0) {
        // Nobody will read what is there; urgent data may be thrown away with a reset.
        side(end).bytes = 0;
        Side& there = side(peer(end));
        if (there.urgent == Truth::kYes) there.urgent = Truth::kMaybe;
    }
    touch(end);
    end = End{};
}

void Files::duplicate(int from, int to) {
    if (from != to) assign(to, at(from));
}

void Files::write(End end, size_t bytes, bool full) {
    touch(end);
    Side& there = has_one_side(kind(end)) ? side(end) : side(peer(end));
    there.bytes += bytes;
    if (bytes > 0) ++there.writes;
    // What lies in one buffer of TCP or of a terminal may move on to the next one by itself.
    if (full) {
        there.room = is_asynchronous(end) ? Truth::kMaybe : Truth::kNo;
    } else if (there.bytes > kSurelyFits || there.writes > kSurelyFitWrites) {
        if (!has_one_side(kind(end)) && there.room == Truth::kYes) there.room = Truth::kMaybe;
    }
}

void Files::read(End end, size_t bytes, bool empty) {
    touch(end);
    Side& here = side(end);
    here.bytes = empty ? 0 : here.bytes - std::min(bytes, here.bytes);
    if (here.bytes == 0) {
        here.writes = 0;
        here.room = Truth::kYes;
    } else if (here.room == Truth::kNo && bytes > 0) {
        here.room = Truth::kMaybe;
    }
    if (here.urgent == Truth::kYes) here.urgent = Truth::kMaybe;
    if (empty) here.urgent = Truth::kNo;
}

void Files::shut_down(End end, bool reading, bool writing) {
    touch(end);
    side(end).shut_reading |= reading;
    side(end).shut_writing |= writing;
}

void Files::learn_room(End end, bool room) {
    Side& there = side(peer(end));
    if (there.room == Truth::kMaybe) there.room = room ? Truth::kYes : Truth::kNo;
}

void Files::share() {
    for (const End end : numbers_) {
        if (end) ++side(end).references;
    }
}

std::vector<End> Files::take_unsettled() {
    std::vector<End> ends;
    for (size_t i = 0; i < files_.size(); ++i) {
        if (!files_[i].unsettled) continue;
        files_[i].unsettled = false;
        for (int side = 0; side < 2; ++side) {
            const End end{static_cast<int>(i), side};
            if (is_asynchronous(end) && number_of(end) >= 0) ends.push_back(end);
        }
    }
    return ends;
}

// What is to be told ------------------------------------------------------------------------------

Facts Files::facts(End end) const {
    switch (kind(end)) {
        case Kind::kUnix:
        case Kind::kTcp:
            return socket_facts(end);
        case Kind::kPipe:
        case Kind::kFifo:
            return pipe_facts(end);
        case Kind::kEventfd:
            return eventfd_facts(end);
        case Kind::kPty:
            return pty_facts(end);
        case Kind::kListener:
            return listener_facts(end);
        default: {
            // poll(2) may come across it under a number that was something else.
            Facts facts;
            facts.read = facts.write = Truth::kMaybe;
            return facts;
        }
    }
}

Facts Files::socket_facts(End end) const {
    const Side& here = side(end);
    const Side& there = other(end);
    const bool gone = there.references == 0;
    const bool is_unix = kind(end) == Kind::kUnix;
    const bool in_ended = gone || there.shut_writing || here.shut_reading;
    const bool out_ended = here.shut_writing || (is_unix && there.shut_reading);
    Facts facts;
    facts.read_as = PLX_READABLE;
    facts.write_as = PLX_WRITABLE | (gone ? PLX_ERROR | PLX_HANGUP : 0);
    facts.urgent = here.urgent;
    facts.write = there.room;
    if (here.bytes > 0 || in_ended) {
        facts.read = Truth::kYes;
    } else if (here.urgent != Truth::kNo) {
        facts.read = Truth::kMaybe;  // BSD counts the urgent byte, Linux does not
    }
    // A write that fails at once does not block either. Not all local sockets tell of a shutdown,
    // and TCP may go on for a while to offer a lost peer what it has not sent.
    const bool fails = is_unix ? gone : out_ended;
    if (fails) {
        facts.write = Truth::kYes;
    } else if ((out_ended || gone) && there.room != Truth::kYes) {
        facts.write = Truth::kMaybe;
    }
    // Data for a side that has shut down everything is answered with a reset.
    const bool refused = there.shut_reading && there.shut_writing;
    if (in_ended) facts.hints |= PLX_READ_CLOSED;
    if (out_ended || refused) facts.hints |= PLX_HANGUP;
    if (gone || refused || (here.shut_reading && here.shut_writing)) facts.hints |= kAllHints;
    return facts;
}

// A pipe may go both ways, as on FreeBSD: nothing is said of the direction that is none, but its
// end may be told by that of the other.
Facts Files::pipe_facts(End end) const {
    const bool gone = other(end).references == 0;
    Facts facts;
    facts.read_as = PLX_READABLE;
    facts.write_as = PLX_WRITABLE;
    if (end.side == 0) {
        const bool data = side(end).bytes > 0;
        facts.write = Truth::kMaybe;
        facts.read = data || gone ? Truth::kYes : Truth::kNo;
        // Linux tells the end of a pipe by a hang-up alone.
        if (!data) facts.read_as |= PLX_HANGUP | PLX_READ_CLOSED;
        if (gone) facts.hints = PLX_HANGUP | PLX_READ_CLOSED;
    } else {
        facts.read = Truth::kMaybe;
        facts.write = gone ? Truth::kYes : other(end).room;
        if (gone) facts.write_as |= kAllHints | PLX_READABLE;
        if (gone) facts.hints = kAllHints;
    }
    return facts;
}

Facts Files::eventfd_facts(End end) const {
    Facts facts;
    facts.read_as = PLX_READABLE;
    facts.write_as = PLX_WRITABLE;
    facts.read = side(end).bytes > 0 ? Truth::kYes : Truth::kNo;
    facts.write = side(end).room;
    return facts;
}

// That a write fails at once is told by some systems.
Facts Files::listener_facts(End end) const {
    Facts facts;
    facts.read_as = PLX_READABLE;
    facts.read = side(end).bytes > 0 ? Truth::kYes : Truth::kNo;
    facts.write = Truth::kMaybe;
    return facts;
}

Facts Files::pty_facts(End end) const {
    const bool gone = other(end).references == 0;
    Facts facts;
    facts.read = side(end).bytes > 0 || gone ? Truth::kYes : Truth::kNo;
    facts.write = gone ? Truth::kMaybe : other(end).room;
    facts.read_as = PLX_READABLE | (gone ? kAllHints : 0);
    facts.write_as = PLX_WRITABLE | (gone ? kAllHints : 0);
    if (gone) facts.hints = kAllHints;
    return facts;
}

}  // namespace model
