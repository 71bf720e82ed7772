// SPDX-License-Identifier: MIT
// A program over descriptors and pollers: a list of calls, with a text form of one call a line.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace model {

// A program names descriptors by small numbers of its own; -1 is a number that is never open.
inline constexpr int kNumbers = 12;
inline constexpr int kPollers = 2;

enum class Kind { kUnix, kTcp, kPipe, kFifo, kEventfd, kPty, kListener, kFile };
inline constexpr int kKinds = 8;

enum class Verb {
    kOpen,       // kind, number of the first end, number of the second (unused where there is one)
    kClose,      // number
    kDup,        // from number, to number: dup2
    kWrite,      // number, bytes; to a listener one connection
    kRead,       // number, bytes; or one connection
    kDrain,      // number: read until nothing is left
    kFill,       // number: write until nothing fits
    kUrgent,     // number: one byte out of band
    kShutdown,   // number, 1 reading, 2 writing, 3 both
    kReset,      // number: close without lingering
    kAdd,        // poller, number, interest
    kModify,     // poller, number, interest
    kRemove,     // poller, number
    kWake,       // poller
    kWait,       // poller, capacity, timeout in microseconds, -1 for as long as it takes
    kFork,       // the program goes on in a child
    kAfterFork,  // poller
    kFront,      // poller: the descriptor that stands for it in another loop
};
inline constexpr int kVerbs = 18;

struct Op {
    Verb verb;
    std::array<int, 3> args{};
};

using Program = std::vector<Op>;

std::string to_text(const Op& op);
std::string to_text(const Program& program);
std::string interest_text(uint32_t interest);

// Lines that are empty or start with '#' are left out. On failure returns what is wrong and where.
std::string parse(const std::string& text, Program* out);

}  // namespace model
