// SPDX-License-Identifier: MIT
#include "core/clock.hpp"

#include "support/catch.hpp"

#include <climits>
#include <cstdint>

using pollux::to_milliseconds;
using pollux::to_timespec;

namespace {

struct NarrowTimespec {
    int32_t tv_sec;
    int32_t tv_nsec;
};

constexpr int64_t kYear = int64_t{366} * 24 * 3600 * pollux::kNanosecondsPerSecond;

}  // namespace

// The table, at compile time.
static_assert(to_milliseconds(0) == 0);
static_assert(to_milliseconds(1) == 1);
static_assert(to_milliseconds(999'999) == 1);
static_assert(to_milliseconds(1'000'000) == 1);
static_assert(to_milliseconds(1'000'001) == 2);
static_assert(to_milliseconds(-1) == -1);
static_assert(to_milliseconds(INT64_MIN) == -1);
static_assert(to_milliseconds(INT64_MAX) == INT_MAX);

TEST_CASE("milliseconds are rounded up, so that no wait ends early") {
    for (const int64_t ns : {1LL, 2LL, 999'999LL, 1'000'001LL, 1'999'999LL, 123'456'789LL}) {
        const int64_t back = int64_t{to_milliseconds(ns)} * pollux::kNanosecondsPerMillisecond;
        CHECK(back >= ns);
        CHECK(back - ns < pollux::kNanosecondsPerMillisecond);
    }
}

TEST_CASE("milliseconds are cut at what an int holds, and not one earlier") {
    const int64_t most = int64_t{INT_MAX} * pollux::kNanosecondsPerMillisecond;
    CHECK(to_milliseconds(most - 1) == INT_MAX);
    CHECK(to_milliseconds(most) == INT_MAX);
    CHECK(to_milliseconds(most + 1) == INT_MAX);
    CHECK(to_milliseconds(most - pollux::kNanosecondsPerMillisecond) == INT_MAX - 1);
}

TEST_CASE("a timespec is exact, and its nanoseconds stay below a second") {
    CHECK(to_timespec(0).tv_sec == 0);
    CHECK(to_timespec(0).tv_nsec == 0);
    CHECK(to_timespec(999'999'999).tv_sec == 0);
    CHECK(to_timespec(999'999'999).tv_nsec == 999'999'999);
    CHECK(to_timespec(1'000'000'000).tv_sec == 1);
    CHECK(to_timespec(1'000'000'000).tv_nsec == 0);
    CHECK(to_timespec(INT64_MAX).tv_nsec < 1'000'000'000);
}

TEST_CASE("a timespec is cut to a time that a narrow one holds as well") {
    const auto narrow = to_timespec<NarrowTimespec>(INT64_MAX);
    CHECK(narrow.tv_sec == 1'000'000'000);
    CHECK(narrow.tv_nsec >= 0);
    CHECK(to_timespec(INT64_MAX).tv_sec == 1'000'000'000);
    CHECK(to_timespec(30 * kYear).tv_sec == 30 * kYear / pollux::kNanosecondsPerSecond);
}

TEST_CASE("the clock does not go back") {
    const int64_t first = pollux::monotonic_now();
    const int64_t second = pollux::monotonic_now();
    CHECK(first > 0);
    CHECK(second >= first);
}
