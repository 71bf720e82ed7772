// SPDX-License-Identifier: MIT
// A program over an event loop: a list of calls, with a text form of one call a line. A call stands
// in the program itself or belongs to the callback of a name: each callback makes the next few.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace loop_model {

// A program names what it starts by small numbers, and descriptors too: 2n and 2n + 1 are the ends
// of a pair of sockets. -1 is a number that is never open.
inline constexpr int kNames = 8;
inline constexpr int kEnds = 6;
inline constexpr int kThreads = 2;  // that post
inline constexpr int kSignals = 2;
inline constexpr int kInMain = -1;
inline constexpr int kCallsOfCallback = 3;

enum class Verb {
    kIo,         // name, end, interest
    kIoSet,      // name, interest
    kSend,       // end: a byte to the other one
    kDrain,      // end
    kTimer,      // name, delay and period in microseconds
    kTimerSet,   // name, delay (-1 stops), period
    kSignal,     // name, signal; the last one cannot be caught
    kRaise,      // signal
    kWork,       // name, 1 if it is held back until `release`
    kRelease,    // work that is held back goes on, and that to come is not held back
    kSettle,     // until the pool has done what it can
    kPost,       // name whose callback runs
    kPostFrom,   // thread, name, how many; the program does not wait for them
    kJoin,       // thread
    kClose,      // name
    kCloseOld,   // name: what it stood for before
    kForeign,    // which call: everything about a handle of another loop
    kRef,        // name
    kUnref,      // name
    kStop,       //
    kRun,        // mode
    kSleep,      // microseconds
    kUpdateNow,  //
    kDestroy,    //
};
inline constexpr int kVerbs = 24;

struct Op {
    Verb verb;
    std::array<int, 3> args{};
    int where = kInMain;
};

struct Program {
    int threads = 1;      // of the pool
    int events = 0;       // of an iteration, 0 for the default
    bool settles = true;  // after each call the pool has done what it can
    bool is_calm = true;  // each backend has to run the same callbacks in the same order
    std::vector<Op> ops;
};

// Of an interest's number.
inline constexpr int kInterests = 8;
uint32_t interest_of(int number);

std::string to_text(const Op& op);
std::string to_text(const Program& program);  // with its first line
std::string head_text(const Program& program);

// Lines that are empty or start with '#' are left out. On failure returns what is wrong and where.
std::string parse(const std::string& text, Program* out);

}  // namespace loop_model
