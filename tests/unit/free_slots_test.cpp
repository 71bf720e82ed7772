// SPDX-License-Identifier: MIT
#include "loop/free_slots.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <random>
#include <set>

using pollux::FreeSlots;

TEST_CASE("the lowest free slot is taken first") {
    FreeSlots slots;
    REQUIRE(slots.reserve(300'000));
    CHECK(slots.is_empty());
    for (const uint32_t index : {70'000U, 5U, 299'999U, 64U, 63U})
        slots.put(index);
    for (const uint32_t index : {5U, 63U, 64U, 70'000U, 299'999U})
        CHECK(slots.take() == index);
    CHECK(slots.is_empty());
}

TEST_CASE("room for more slots keeps those that are free") {
    FreeSlots slots;
    REQUIRE(slots.reserve(1));
    slots.put(0);
    REQUIRE(slots.reserve(20'000'000));
    slots.put(19'999'999);
    CHECK(slots.take() == 0);
    CHECK(slots.take() == 19'999'999);
    CHECK(slots.is_empty());
}

TEST_CASE("random puts and takes of slots agree with a sorted set") {
    const auto count = GENERATE(uint32_t{100}, uint32_t{10'000}, uint32_t{1'000'000});
    std::mt19937 random(count);
    FreeSlots slots;
    REQUIRE(slots.reserve(count));
    std::set<uint32_t> model;
    bool agrees = true;
    for (int step = 0; step < 50'000; ++step) {
        const auto index = static_cast<uint32_t>(random() % count);
        if (random() % 2 == 0 && model.insert(index).second) {
            slots.put(index);
        } else if (!model.empty()) {
            agrees &= slots.take() == *model.begin();
            model.erase(model.begin());
        }
        agrees &= slots.is_empty() == model.empty();
    }
    CHECK(agrees);
}
