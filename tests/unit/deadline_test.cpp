// SPDX-License-Identifier: MIT
#include "core/deadline.hpp"

#include "support/catch.hpp"

#include <cstdint>

using pollux::Deadline;
using pollux::monotonic_now;

TEST_CASE("a negative timeout never passes and stays negative") {
    for (const int64_t timeout : {int64_t{-1}, INT64_MIN}) {
        Deadline deadline(timeout);
        CHECK_FALSE(deadline.passed());
        CHECK(deadline.left() < 0);
    }
}

TEST_CASE("a timeout of 0 has passed at once") {
    Deadline deadline(0);
    CHECK(deadline.left() == 0);
    CHECK(deadline.passed());
}

TEST_CASE("what is left shrinks by the time that went by, and no more") {
    const int64_t before = monotonic_now();
    Deadline deadline(pollux::kNanosecondsPerSecond * 3600);
    CHECK_FALSE(deadline.passed());
    const int64_t spent = monotonic_now() - before;
    CHECK(deadline.left() <= pollux::kNanosecondsPerSecond * 3600);
    CHECK(deadline.left() >= pollux::kNanosecondsPerSecond * 3600 - spent);
}

TEST_CASE("a deadline passes when its time is up, not before") {
    const int64_t timeout = 2'000'000;
    const int64_t before = monotonic_now();
    Deadline deadline(timeout);
    while (!deadline.passed()) {
        CHECK(deadline.left() > 0);
    }
    CHECK(monotonic_now() - before >= timeout);
    CHECK(deadline.left() == 0);
    CHECK(deadline.passed());
}

TEST_CASE("the longest timeout does not overflow") {
    Deadline deadline(INT64_MAX);
    CHECK_FALSE(deadline.passed());
    CHECK(deadline.left() > INT64_MAX / 2);
}
