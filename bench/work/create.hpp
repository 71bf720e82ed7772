// SPDX-License-Identifier: MIT
// A loop, made and destroyed. Some make what they need when it is first waited for: so there is a
// second figure, with an iteration in between.
#pragma once

#include "support/allocated.hpp"
#include "support/process.hpp"
#include "support/statistics.hpp"
#include "work/quiet.hpp"

#include <memory>
#include <vector>

namespace bench {

// Nanoseconds of wall time, the median.
template <typename Loop, bool kTurn>
double create_loops() {
    std::vector<double> times(500);
    for (double& time : times) {
        const int64_t before = wall_clock();
        {
            Loop loop;
            if constexpr (kTurn) loop.template turn<Quiet<Loop>>();
        }
        time = static_cast<double>(wall_clock() - before);
    }
    return spread_of(times).median;
}

template <typename Loop>
Steps create(const Parameters&) {
    return {create_loops<Loop, false>(), create_loops<Loop, true>()};
}

// What the library allocates for a loop, and the size of what its user has.
template <typename Loop>
Footprint loop_memory(const Parameters&) {
    Loop warm_up;
    warm_up.template turn<Quiet<Loop>>();
    const int64_t before = allocated_bytes();
    Loop loop;
    loop.template turn<Quiet<Loop>>();
    return {before < 0 ? -1 : allocated_bytes() - before, sizeof(Loop)};
}

}  // namespace bench
