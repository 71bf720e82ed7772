// SPDX-License-Identifier: MIT
#include "core/backend.hpp"

#include "support/catch.hpp"

#include <climits>

using pollux::Key;

static_assert(Key::of(7, 3).slot() == 7);
static_assert(Key::of(7, 3).generation() == 3);
static_assert(Key::of(INT_MAX, UINT32_MAX).slot() == INT_MAX);
static_assert(Key::of(INT_MAX, UINT32_MAX).generation() == UINT32_MAX);
static_assert(!(pollux::kWakeKey == pollux::kRetryKey));

TEST_CASE("a key tells slots and generations apart") {
    CHECK(Key::of(1, 2) == Key::of(1, 2));
    CHECK_FALSE(Key::of(1, 2) == Key::of(2, 2));
    CHECK_FALSE(Key::of(1, 2) == Key::of(1, 3));
    CHECK_FALSE(Key::of(1, 2) == Key::of(2, 1));
}

TEST_CASE("the wake and the retry have the generation of no registration") {
    CHECK(pollux::kWakeKey.generation() == 0);
    CHECK(pollux::kRetryKey.generation() == 0);
}

TEST_CASE("an interest without a condition is paused, whatever its mode") {
    CHECK(pollux::is_paused(0));
    CHECK(pollux::is_paused(PLX_EDGE | PLX_ONESHOT | PLX_EXCLUSIVE));
    CHECK_FALSE(pollux::is_paused(PLX_READABLE));
    CHECK_FALSE(pollux::is_paused(PLX_WRITABLE));
    CHECK_FALSE(pollux::is_paused(PLX_PRIORITY | PLX_EDGE));
}
