// SPDX-License-Identifier: MIT
#include "core/buffer.hpp"

#include "support/catch.hpp"

#include <cstdint>

using pollux::Buffer;

TEST_CASE("a buffer keeps what is pushed, in order, while it grows") {
    Buffer<int> numbers;
    for (int i = 0; i < 1000; ++i)
        REQUIRE(numbers.push(i));
    REQUIRE(numbers.size() == 1000);
    for (size_t i = 0; i < 1000; ++i)
        REQUIRE(numbers[i] == static_cast<int>(i));
    REQUIRE(numbers.end() - numbers.begin() == 1000);
}

TEST_CASE("a buffer that is cleared or popped keeps its memory") {
    Buffer<int> numbers;
    REQUIRE(numbers.push(1));
    REQUIRE(numbers.push(2));
    const int* memory = numbers.data();
    numbers.pop();
    REQUIRE(numbers.size() == 1);
    numbers.clear();
    REQUIRE(numbers.size() == 0);
    REQUIRE(numbers.push(3));
    REQUIRE(numbers.data() == memory);
    REQUIRE(numbers[0] == 3);
}

TEST_CASE("room that was reserved is used without moving") {
    Buffer<int> numbers;
    REQUIRE(numbers.reserve(100));
    const int* memory = numbers.data();
    for (int i = 0; i < 100; ++i)
        REQUIRE(numbers.push(i));
    REQUIRE(numbers.data() == memory);
    numbers.resize_within_capacity(7);
    REQUIRE(numbers.size() == 7);
}

TEST_CASE("a size that no memory can hold is refused and changes nothing") {
    Buffer<uint64_t> numbers;
    REQUIRE(numbers.push(7));
    REQUIRE_FALSE(numbers.reserve(SIZE_MAX / sizeof(uint64_t) + 1));
    REQUIRE(numbers.size() == 1);
    REQUIRE(numbers[0] == 7);
}
