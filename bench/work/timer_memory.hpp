// SPDX-License-Identifier: MIT
// What timers cost in memory that are all set. The type has kWatchBytes, what each takes of its
// user's; the rest is as in work/timers.hpp.
#pragma once

#include "support/allocated.hpp"
#include "work/timers.hpp"

namespace bench {

template <typename Timers>
Footprint timer_memory(const Parameters& parameters) {
    Timers timers(parameters.timers);
    Random random;
    timers.update_now();
    const int64_t before = allocated_bytes();
    for (size_t i = 0; i < parameters.timers; ++i)
        timers.start(i, random.below(60'000'000'000));
    const int64_t after = allocated_bytes();
    return {before < 0 ? -1 : after - before, Timers::kWatchBytes};
}

}  // namespace bench
