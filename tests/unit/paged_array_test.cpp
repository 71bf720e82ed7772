// SPDX-License-Identifier: MIT
#include "core/paged_array.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

using pollux::PagedArray;

TEST_CASE("an element that was never obtained is not found") {
    PagedArray<uint64_t> array;
    CHECK(array.find(0) == nullptr);
    REQUIRE(array.obtain(5000) != nullptr);
    CHECK(array.find(0) == nullptr);
    CHECK(array.find(1'000'000) == nullptr);
    CHECK(array.find(UINT32_MAX) == nullptr);
}

TEST_CASE("elements start as zero and are found again with their value") {
    PagedArray<uint64_t> array;
    for (const uint32_t index : {0U, 1U, 255U, 256U, 4095U, 4096U, 100'000U}) {
        uint64_t* element = array.obtain(index);
        REQUIRE(element != nullptr);
        CHECK(*element == 0);
        *element = index + 1;
    }
    for (const uint32_t index : {0U, 1U, 255U, 256U, 4095U, 4096U, 100'000U}) {
        REQUIRE(array.find(index) != nullptr);
        CHECK(*array.find(index) == index + 1);
        CHECK(array.obtain(index) == array.find(index));
    }
}

TEST_CASE("elements do not move when the array grows") {
    PagedArray<uint64_t> array;
    const uint64_t* first = array.obtain(3);
    for (uint32_t index = 0; index < 2'000'000; index += 1000) {
        REQUIRE(array.obtain(index) != nullptr);
    }
    CHECK(array.find(3) == first);
}

TEST_CASE("a visit meets the elements of the pages that were made, in order") {
    PagedArray<uint32_t> array;
    for (const uint32_t index : {70'000U, 3U, 900U})
        *array.obtain(index) = index;
    std::vector<uint32_t> met;
    array.for_each([&](uint32_t index, uint32_t value) {
        if (value == 0) return;
        CHECK(index == value);
        met.push_back(index);
    });
    CHECK(met == std::vector<uint32_t>{3, 900, 70'000});
}

TEST_CASE("one thread finds elements while another makes the array grow") {
    PagedArray<std::atomic<uint32_t>> array;
    constexpr uint32_t kLast = 60'000;
    std::atomic<uint32_t> made = 0;
    std::thread grower([&] {
        for (uint32_t index = 1; index <= kLast; ++index) {
            array.obtain(index)->store(index, std::memory_order_relaxed);
            made.store(index, std::memory_order_release);
        }
    });
    bool right = true;
    for (uint32_t index = 0; index < kLast;) {
        index = made.load(std::memory_order_acquire);
        const auto* element = array.find(index);
        right &= index == 0 || (element != nullptr && element->load() == index);
    }
    grower.join();
    CHECK(right);
}
