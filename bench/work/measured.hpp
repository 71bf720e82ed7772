// SPDX-License-Identifier: MIT
// The part of a piece of work that counts.
#pragma once

#include "contender.hpp"
#include "support/process.hpp"

namespace bench {

// callgrind counts from where this is called until it returns, by its name.
template <typename Handler, typename Loop>
[[gnu::noinline]] void measured_run(Loop& loop) {
    loop.template run<Handler>();
}

// Runs the loop until it is stopped; the caller adds how many events that were.
template <typename Handler, typename Loop>
Sample measure(Loop& loop) {
    const int64_t wall = wall_clock();
    const int64_t processor = thread_processor_clock();
    measured_run<Handler>(loop);
    return {0, wall_clock() - wall, thread_processor_clock() - processor};
}

}  // namespace bench
