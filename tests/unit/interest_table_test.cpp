// SPDX-License-Identifier: MIT
#include "core/interest_table.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

using pollux::InterestTable;
using pollux::Key;
using pollux::Registration;

namespace {

Key put(InterestTable& table, int fd, uint64_t token, uint32_t interest) {
    InterestTable::Entry* entry = table.obtain(fd);
    REQUIRE(entry != nullptr);
    const Registration now{fd, interest, entry->next_key(fd, interest)};
    entry->begin_change(token);
    entry->publish(now);
    return now.key;
}

}  // namespace

TEST_CASE("a number that was never registered is not found") {
    InterestTable table;
    CHECK(table.find(3) == nullptr);
    CHECK(table.find_registered(3) == nullptr);
    REQUIRE(table.obtain(3) != nullptr);
    CHECK(table.find(3) != nullptr);
    CHECK(table.find_registered(3) == nullptr);
}

TEST_CASE("an event of the registration in force resolves to its token") {
    InterestTable table;
    const Key key = put(table, 3, 0xfeed'face'dead'beef, PLX_READABLE);
    uint64_t token = 0;
    CHECK(table.resolve(key, &token));
    CHECK(token == 0xfeed'face'dead'beef);
    CHECK(table.resolve(key, &token));
}

TEST_CASE("an event of a number without an entry does not resolve") {
    InterestTable table;
    uint64_t token = 0;
    CHECK_FALSE(table.resolve(Key::of(3, 0), &token));
    CHECK_FALSE(table.resolve(pollux::kWakeKey, &token));
    CHECK_FALSE(table.resolve(pollux::kRetryKey, &token));
}

TEST_CASE("an event of an earlier generation does not resolve") {
    InterestTable table;
    const Key first = put(table, 3, 1, PLX_READABLE);
    const Key second = put(table, 3, 2, PLX_READABLE);
    uint64_t token = 0;
    CHECK_FALSE(table.resolve(first, &token));
    CHECK(table.resolve(second, &token));
    CHECK(token == 2);
}

TEST_CASE("an event of a removed registration does not resolve, and its number has a new one") {
    InterestTable table;
    const Key first = put(table, 3, 1, PLX_READABLE);
    table.find_registered(3)->forget();
    uint64_t token = 0;
    CHECK_FALSE(table.resolve(first, &token));
    CHECK(table.find_registered(3) == nullptr);
    const Key second = put(table, 3, 2, PLX_READABLE);
    CHECK_FALSE(first == second);
}

TEST_CASE("a one-shot resolves once, and again after the next change") {
    InterestTable table;
    const Key key = put(table, 3, 1, PLX_READABLE | PLX_ONESHOT);
    uint64_t token = 0;
    CHECK(table.resolve(key, &token));
    CHECK_FALSE(table.resolve(key, &token));
    CHECK(table.find_registered(3) != nullptr);
    CHECK(table.resolve(put(table, 3, 2, PLX_READABLE | PLX_ONESHOT), &token));
    CHECK(token == 2);
}

TEST_CASE("a one-shot event goes to one of many threads") {
    constexpr int kThreads = 4;
    constexpr int kRounds = 2000;
    InterestTable table;
    std::vector<Key> keys;
    for (int fd = 0; fd < kRounds; ++fd)
        keys.push_back(put(table, fd, 1, PLX_ONESHOT | PLX_READABLE));
    std::atomic<int> claimed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            uint64_t token;
            for (const Key key : keys)
                claimed += table.resolve(key, &token) ? 1 : 0;
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(claimed == kRounds);
}

TEST_CASE("a paused registration is registered, not armed, and resolves nothing") {
    InterestTable table;
    const Key key = put(table, 3, 1, 0);
    uint64_t token = 0;
    CHECK_FALSE(table.resolve(key, &token));
    REQUIRE(table.find_registered(3) != nullptr);
    CHECK_FALSE(table.find_registered(3)->is_armed());
}

TEST_CASE("an entry gives back what was registered") {
    InterestTable table;
    const uint32_t interest = PLX_READABLE | PLX_WRITABLE | PLX_EDGE;
    const Key key = put(table, 300, 1, interest);
    const Registration now = table.find_registered(300)->registration(300);
    CHECK(now.fd == 300);
    CHECK(now.interest == interest);
    CHECK(now.key == key);
}

TEST_CASE("the armed entries are those that are neither paused, fired nor removed") {
    InterestTable table;
    put(table, 1, 1, PLX_READABLE);
    put(table, 2, 1, 0);
    const Key fired = put(table, 3, 1, PLX_READABLE | PLX_ONESHOT);
    put(table, 4, 1, PLX_READABLE);
    put(table, 5000, 1, PLX_WRITABLE);
    uint64_t token = 0;
    REQUIRE(table.resolve(fired, &token));
    table.find_registered(4)->forget();
    std::vector<int> armed;
    table.for_each_armed([&](const Registration& now) { armed.push_back(now.fd); });
    CHECK(armed == std::vector<int>{1, 5000});
}

TEST_CASE("no thread sees the token of one registration with the key of another") {
    InterestTable table;
    constexpr uint64_t kLast = 100'000;
    put(table, 3, 1, PLX_READABLE);
    std::atomic<bool> done = false;
    std::thread changer([&] {
        InterestTable::Entry* entry = table.find(3);
        for (uint64_t token = 2; token <= kLast; ++token) {
            const Registration now{3, PLX_READABLE, entry->next_key(3, PLX_READABLE)};
            entry->begin_change(token);
            entry->publish(now);
        }
        done = true;
    });
    bool right = true;
    while (!done) {
        const Registration now = table.find(3)->registration(3);
        uint64_t token = 0;
        // The first publication has count 1 and token 1, and so on.
        const uint32_t count = now.key.generation() >> pollux::kInterestBits;
        if (table.resolve(now.key, &token)) right &= token == count;
    }
    changer.join();
    CHECK(right);
}

TEST_CASE("while a change is under way neither the old nor the new key resolves") {
    InterestTable table;
    const Key before = put(table, 3, 1, PLX_READABLE);
    InterestTable::Entry* entry = table.find(3);
    const Key after = entry->next_key(3, PLX_READABLE);
    entry->begin_change(2);
    uint64_t token = 0;
    CHECK_FALSE(table.resolve(before, &token));
    CHECK_FALSE(table.resolve(after, &token));
}

TEST_CASE("a change that is taken back leaves the old key with the old token, under the mutex") {
    InterestTable table;
    const Key key = put(table, 3, 1, PLX_READABLE);
    InterestTable::Entry* entry = table.find(3);
    entry->take_back(entry->begin_change(2));
    uint64_t token = 0;
    CHECK(entry->is_armed());
    CHECK(table.resolve_locked(key, &token));
    CHECK(token == 1);
    CHECK(table.resolve_locked(key, &token));
}

TEST_CASE("a one-shot of which a change was taken back resolves once") {
    InterestTable table;
    const Key key = put(table, 3, 1, PLX_READABLE | PLX_ONESHOT);
    InterestTable::Entry* entry = table.find(3);
    entry->take_back(entry->begin_change(2));
    uint64_t token = 0;
    CHECK(table.resolve_locked(key, &token));
    CHECK(token == 1);
    CHECK_FALSE(table.resolve_locked(key, &token));
}

TEST_CASE("a change that is taken back arms neither a fired one-shot nor what was never there") {
    InterestTable table;
    const Key key = put(table, 3, 1, PLX_READABLE | PLX_ONESHOT);
    uint64_t token = 0;
    REQUIRE(table.resolve(key, &token));
    InterestTable::Entry* entry = table.find(3);
    entry->take_back(entry->begin_change(2));
    CHECK_FALSE(table.resolve_locked(key, &token));
    InterestTable::Entry* other = table.obtain(4);
    other->take_back(other->begin_change(2));
    CHECK_FALSE(other->is_registered());
}

TEST_CASE("a view matches plain registrations, and neither one-shots nor wakes") {
    InterestTable table;
    REQUIRE(table.open());
    const Key plain = put(table, 3, 1, PLX_READABLE);
    const Key oneshot = put(table, 4, 2, PLX_READABLE | PLX_ONESHOT);
    uint64_t token = 0;
    CHECK(table.view().match(plain, &token));
    CHECK(token == 1);
    CHECK_FALSE(table.view().match(oneshot, &token));
    CHECK_FALSE(table.view().match(pollux::kWakeKey, &token));
    CHECK_FALSE(table.view().match(pollux::kRetryKey, &token));
}
