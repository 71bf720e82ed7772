// SPDX-License-Identifier: MIT
// Who is compared, and what each of them can be asked to do.
//
// A contender is a type for which a piece of work (work/*.hpp) is compiled: the work is the same
// code for all, what is compared is inlined into it, and nothing lies between them. What a type has
// to have is said in the piece of work. A loop type (loops/*) has
//
//     Watch                       what a registration needs from its owner: a part of the handler
//     add(fd, handler)            watches fd for reading; handler has a member `watch`
//     remove(fd, handler)
//     run<Handler>()              calls handler->ready() for what is ready, until stop()
//     stop()
//
// and, for more than the chain and its memory, as far as it can (the rest is null):
//
//     turn<Handler>()             one iteration that does not wait
//     add_once(fd, handler)       as add, for one event; until
//     rearm(fd, handler)          for one more; called by the handler
//     set_writable(fd, handler, on)   watches for writing as well, or no more
//     tick<Handler>(period_ns, count) waits until a periodic timer has fired so many times; without
//                                 timers with the timeout of the wait
#pragma once

#include "net/connections.hpp"
#include "support/sockets.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bench {

struct Parameters {
    size_t fds = 1000;
    size_t active = 100;
    uint64_t events = 100'000;  // how many at least
    size_t timers = 1'000'000;
    uint64_t trips = 10'000;  // from one thread to the other and back
    uint64_t posts = 200'000;
    size_t threads = 1;  // that post
    uint64_t ticks = 100;
    const Pairs* pairs = nullptr;
    uint64_t messages = 20'000;
    const Connections* connections = nullptr;
    bool is_in_turn = false;    // clients and server in one thread
    uint64_t accepts = 20'000;  // `active` at a time
    size_t listeners = 1;       // for all threads, or as many as those
};

struct Sample {
    uint64_t events;
    int64_t wall_ns;
    int64_t processor_ns;  // user and kernel time of the thread
};

struct NetworkSample {
    Sample served;  // by the server's thread, in messages
    double latency_median;
    double latency_percentile99;
};

struct AcceptSample {
    uint64_t connections;
    uint64_t in_vain;  // times that a listener was reported and had no connection
    int64_t wall_ns;
    int64_t processor_ns;  // of all threads that accept
};

struct Footprint {
    int64_t library_bytes;  // allocated by registering all of the descriptors; -1 if unknown
    size_t watch_bytes;     // of each watch
};

// What is done with timers, one after the other; see work/timers.hpp.
enum TimerStep : size_t {
    kStartCold,
    kStart,
    kRestart,
    kPush,
    kCancel,
    kMixedStart,
    kMixedRestart,
    kMixedPush,
    kMixedCancel,
    kFire,
    kSum,
    kTimerStepCount,
};
// Nanoseconds of processor time per timer, step by step.
using TimerTimes = std::array<double, kTimerStepCount>;

// Of a piece of work that is done in several ways: a figure for each, NaN where there is none. What
// they are called is in figures_of_steps.cpp.
using Steps = std::array<double, 5>;

struct Contender {
    const char* name;
    // Those that it cannot do are null.
    Sample (*chain)(const Parameters&) = nullptr;
    Footprint (*memory)(const Parameters&) = nullptr;
    NetworkSample (*echo)(const Parameters&) = nullptr;
    NetworkSample (*http)(const Parameters&) = nullptr;
    AcceptSample (*accept)(const Parameters&) = nullptr;
    TimerTimes (*timers)(const Parameters&) = nullptr;
    double (*ping)(const Parameters&) = nullptr;      // nanoseconds of a round trip
    double (*posts)(const Parameters&) = nullptr;     // nanoseconds per post
    Sample (*one_shot)(const Parameters&) = nullptr;  // the chain, each event armed anew
    Steps (*churn)(const Parameters&) = nullptr;
    Steps (*wake)(const Parameters&) = nullptr;
    Steps (*idle)(const Parameters&) = nullptr;
    Steps (*create)(const Parameters&) = nullptr;
    Footprint (*loop_memory)(const Parameters&) = nullptr;
    Footprint (*timer_memory)(const Parameters&) = nullptr;  // of all timers; of each
    // Why it cannot run on this machine, null if it can. Most always can.
    const char* (*refusal)() = nullptr;
    // Of the library, if it says.
    const char* (*version)() = nullptr;
};

std::span<const Contender* const> contenders();

// The libraries that were not found when this was built.
std::span<const char* const> missing();

// Programs that use nothing but one library each, to see what it costs to start them.
struct Program {
    const char* name;
    const char* path;
};
std::span<const Program> startup_programs();

}  // namespace bench
