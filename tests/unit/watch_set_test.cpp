// SPDX-License-Identifier: MIT
#include "poll/watch_set.hpp"

#include "poll/translate.hpp"
#include "support/catch.hpp"

#include <set>

using pollux::Key;
using pollux::Registration;
using pollux::poll::WatchSet;

namespace {

Registration reading(int fd, uint32_t generation, uint32_t mode = 0) {
    return {fd, PLX_READABLE | mode, Key::of(fd, generation)};
}

std::set<int> numbers_in(const WatchSet& set) {
    std::set<int> numbers;
    for (size_t i = 0; i < set.size(); ++i)
        numbers.insert(set.data()[i].fd);
    return numbers;
}

}  // namespace

TEST_CASE("the set holds each number once, with the events of its last interest") {
    WatchSet set;
    REQUIRE(set.put(reading(5, 1)) == 0);
    REQUIRE(set.put({5, PLX_WRITABLE, Key::of(5, 2)}) == 0);
    REQUIRE(set.size() == 1);
    CHECK(set.data()[0].fd == 5);
    CHECK(set.data()[0].events == pollux::poll::to_kernel(PLX_WRITABLE));
}

TEST_CASE("taking a number out closes the gap and loses no other") {
    WatchSet set;
    for (int fd = 0; fd < 10; ++fd)
        REQUIRE(set.put(reading(fd, 1)) == 0);
    for (const int fd : {0, 9, 4})
        set.take(fd);
    CHECK(numbers_in(set) == std::set<int>{1, 2, 3, 5, 6, 7, 8});
    CHECK(set.size() == 7);
    for (const int fd : {8, 1, 2, 3, 5, 6, 7})
        set.take(fd);
    CHECK(set.size() == 0);
}

TEST_CASE("taking out what is not in the set changes nothing") {
    WatchSet set;
    REQUIRE(set.put(reading(5, 1)) == 0);
    const uint32_t version = set.version();
    set.take(6);
    set.take(100'000);
    CHECK(set.version() == version);
    CHECK(set.size() == 1);
}

TEST_CASE("an unchanged number is found with its key and its mode") {
    WatchSet set;
    REQUIRE(set.put(reading(5, 7)) == 0);
    REQUIRE(set.put(reading(6, 8, PLX_ONESHOT)) == 0);
    Key key;
    bool oneshot = true;
    REQUIRE(set.find(5, set.version(), &key, &oneshot));
    CHECK(key == Key::of(5, 7));
    CHECK_FALSE(oneshot);
    REQUIRE(set.find(6, set.version(), &key, &oneshot));
    CHECK(key == Key::of(6, 8));
    CHECK(oneshot);
}

TEST_CASE("a number that changed after the version of a copy is not found for that copy") {
    WatchSet set;
    REQUIRE(set.put(reading(5, 1)) == 0);
    REQUIRE(set.put(reading(6, 1)) == 0);
    const uint32_t copied = set.version();
    REQUIRE(set.put(reading(5, 2)) == 0);
    Key key;
    bool oneshot;
    CHECK_FALSE(set.find(5, copied, &key, &oneshot));
    CHECK(set.find(6, copied, &key, &oneshot));
    CHECK(set.find(5, set.version(), &key, &oneshot));
    set.take(6);
    CHECK_FALSE(set.find(6, set.version(), &key, &oneshot));
}

TEST_CASE("a number that moved to close a gap is still found as unchanged") {
    WatchSet set;
    for (int fd = 0; fd < 3; ++fd)
        REQUIRE(set.put(reading(fd, 1)) == 0);
    const uint32_t copied = set.version();
    set.take(0);
    Key key;
    bool oneshot;
    CHECK(set.find(2, copied, &key, &oneshot));
    CHECK(key == Key::of(2, 1));
}

TEST_CASE("each change gives another version") {
    WatchSet set;
    uint32_t version = set.version();
    REQUIRE(set.put(reading(5, 1)) == 0);
    CHECK(set.version() != version);
    version = set.version();
    REQUIRE(set.put(reading(5, 2)) == 0);
    CHECK(set.version() != version);
    version = set.version();
    set.take(5);
    CHECK(set.version() != version);
}
