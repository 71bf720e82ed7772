// SPDX-License-Identifier: MIT
// Many connections on which nothing happens, and a timer every ten milliseconds; then for as long
// without it. What is counted is all of this process: nothing else runs in it.
//
//     ticking                  nanoseconds of processor time a second
//     wake-ups a tick          how often the thread had slept
//     silent                   nanoseconds of processor time a second, going to sleep included
//     wake-ups in silence      all of them; one is the end of the measuring
#pragma once

#include "support/process.hpp"
#include "work/quiet.hpp"

namespace bench {

constexpr int64_t kTick = 10'000'000;

struct Idleness {
    double processor_ns_per_second;
    double wake_ups;
};

template <typename Loop>
Idleness idle_for(QuietLoop<Loop>& quiet, int64_t period_ns, uint64_t count) {
    quiet.turn();
    const int64_t wall = wall_clock();
    const int64_t processor = thread_processor_clock();
    const int64_t sleeps = times_slept();
    quiet.loop().template tick<Quiet<Loop>>(period_ns, count);
    const auto processor_ns = static_cast<double>(thread_processor_clock() - processor);
    return {processor_ns * 1e9 / static_cast<double>(wall_clock() - wall),
            static_cast<double>(times_slept() - sleeps)};
}

template <typename Loop>
Steps idle(const Parameters& parameters) {
    QuietLoop<Loop> quiet(parameters);
    const Idleness ticking = idle_for(quiet, kTick, parameters.ticks);
    const Idleness silent = idle_for(quiet, kTick * static_cast<int64_t>(parameters.ticks), 1);
    quiet.end();
    return {ticking.processor_ns_per_second,
            ticking.wake_ups / static_cast<double>(parameters.ticks),
            silent.processor_ns_per_second, silent.wake_ups};
}

// What `tick` is for those who have no timers: wait(ns) waits no longer than that, once.
template <typename Wait>
void tick_by_timeout(int64_t period_ns, uint64_t count, Wait wait) {
    int64_t next = wall_clock();
    for (uint64_t i = 0; i < count; ++i) {
        next += period_ns;
        for (int64_t left = period_ns; left > 0; left = next - wall_clock())
            wait(left);
    }
}

// For a timeout in milliseconds.
constexpr int milliseconds_up(int64_t ns) {
    return static_cast<int>((ns + 999'999) / 1'000'000);
}

}  // namespace bench
