// SPDX-License-Identifier: MIT
#pragma once

#include "core/system_clock.hpp"

#include <time.h>

#include <cstdint>

namespace pollux {

inline constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
inline constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

inline int64_t read_clock(clockid_t clock) noexcept {
    timespec now;
    clock_gettime(clock, &now);
    return int64_t{now.tv_sec} * kNanosecondsPerSecond + now.tv_nsec;
}

// The one clock of the library. It never jumps; on Linux it stands still while the system sleeps.
inline int64_t monotonic_now() noexcept {
    return read_clock(CLOCK_MONOTONIC);
}

// What that clock showed at the last tick of the kernel's: for an eighth of the price, where there
// is such a thing.
inline int64_t last_tick() noexcept {
    return read_clock(kTickClock);
}
// Between two ticks, at most: no kernel has fewer than 100 in a second.
inline constexpr int64_t kLongestTick = 10'000'000;

// For system calls that count in milliseconds: rounded up, so that a wait never ends early, and cut
// to what an int holds, after which the caller looks at the clock and comes again.
constexpr int to_milliseconds(int64_t timeout_ns) noexcept {
    if (timeout_ns < 0) return -1;
    const int64_t whole = timeout_ns / kNanosecondsPerMillisecond;
    if (whole >= INT32_MAX) return INT32_MAX;
    return static_cast<int>(whole + (timeout_ns % kNanosecondsPerMillisecond != 0));
}

// For system calls that take a timespec of whatever width: cut to some 31 years, likewise. Not for
// negative values.
template <typename Timespec = timespec>
constexpr Timespec to_timespec(int64_t timeout_ns) noexcept {
    constexpr int64_t kMost = 1'000'000'000;
    Timespec result{};
    const int64_t seconds = timeout_ns / kNanosecondsPerSecond;
    result.tv_sec = static_cast<decltype(result.tv_sec)>(seconds < kMost ? seconds : kMost);
    result.tv_nsec = static_cast<decltype(result.tv_nsec)>(timeout_ns % kNanosecondsPerSecond);
    return result;
}

}  // namespace pollux
