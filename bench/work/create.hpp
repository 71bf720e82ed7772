// SPDX-License-Identifier: MIT
// A loop, made and destroyed. Some make what they need when it is first needed: so there is a
// second figure, with one descriptor that is watched for an iteration.
#pragma once

#include "support/allocated.hpp"
#include "support/process.hpp"
#include "support/statistics.hpp"
#include "work/quiet.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace bench {

template <typename Loop>
void watch_once(Loop& loop, int fd) {
    Quiet<Loop> quiet;
    loop.add(fd, &quiet);
    loop.template turn<Quiet<Loop>>();
    loop.remove(fd, &quiet);
    loop.template turn<Quiet<Loop>>();
}

// Nanoseconds of wall time, the median.
template <typename Loop, bool kWatch>
double create_loops(int fd) {
    std::vector<double> times(500);
    for (double& time : times) {
        const int64_t before = wall_clock();
        {
            Loop loop;
            if constexpr (kWatch) watch_once(loop, fd);
        }
        time = static_cast<double>(wall_clock() - before);
    }
    return spread_of(times).median;
}

template <typename Loop>
Steps create(const Parameters& parameters) {
    const int fd = (*parameters.pairs)[0].first;
    return {create_loops<Loop, false>(fd), create_loops<Loop, true>(fd)};
}

// What the library allocates for each of many loops that have watched something, and the size of
// what its user has. The first are left out: what malloc has kept of others goes into them, and to
// it that was never given back.
template <typename Loop>
Footprint loop_memory(const Parameters& parameters) {
    constexpr size_t kFirst = 16;
    constexpr int64_t kMeasured = 64;
    const int fd = (*parameters.pairs)[0].first;
    const auto loops = std::make_unique<std::optional<Loop>[]>(kFirst + kMeasured);
    int64_t before = 0;
    for (size_t i = 0; i < kFirst + kMeasured; ++i) {
        if (i == kFirst) before = allocated_bytes();
        watch_once(loops[i].emplace(), fd);
    }
    return {before < 0 ? -1 : (allocated_bytes() - before) / kMeasured, sizeof(Loop)};
}

}  // namespace bench
