// SPDX-License-Identifier: MIT
// Contract 9: a small event array starves nobody.
#include "support/fds.hpp"
#include "support/poller.hpp"

#include <set>

using namespace support;

namespace {

constexpr uint64_t kReady = 30;

std::vector<Pair> add_ready(const Poller& poller, uint32_t interest) {
    std::vector<Pair> pairs;
    for (uint64_t i = 0; i < kReady; ++i) {
        pairs.push_back(make_socket_pair());
        REQUIRE(poller.add(pairs.back().ours, i, interest) == 0);
        send_byte(pairs.back().theirs);
    }
    return pairs;
}

}  // namespace

TEST_CASE("with more ready than capacity, repeated waits reach every descriptor") {
    FOR_EACH_BACKEND(backend);
    const int capacity = GENERATE(1, 2, 7, 29);
    const Poller poller(backend);
    const auto pairs = add_ready(poller, PLX_READABLE);
    std::set<uint64_t> reached;
    for (uint64_t round = 0; round < 2 * kReady; ++round) {
        const Batch batch = poller.wait(0, capacity);
        REQUIRE(batch.rc == capacity);
        for (const plx_event& event : batch.events)
            reached.insert(event.token);
    }
    CHECK(reached.size() == kReady);
}

TEST_CASE("every wait gives as many events as there are, up to the capacity") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const auto pairs = add_ready(poller, PLX_READABLE);
    CHECK(poller.wait(0, int{kReady} + 1).rc == int{kReady});
    CHECK(poller.wait(0, int{kReady}).rc == int{kReady});
    CHECK(poller.wait(0, int{kReady} - 1).rc == int{kReady} - 1);
}

TEST_CASE("a small array reaches every one-shot and every edge once") {
    FOR_EACH_BACKEND(backend);
    const uint32_t mode = GENERATE(PLX_ONESHOT, PLX_EDGE);
    if (mode == PLX_EDGE && !has(backend, PLX_CAP_EDGE)) return;
    const Poller poller(backend);
    const auto pairs = add_ready(poller, PLX_READABLE | mode);
    std::multiset<uint64_t> reached;
    for (uint64_t round = 0; round < kReady; ++round) {
        const Batch batch = poller.wait(kHang, 4);
        for (const plx_event& event : batch.events)
            reached.insert(event.token);
        if (reached.size() == kReady) break;
    }
    CHECK(reached.size() == kReady);
    CHECK(std::set<uint64_t>(reached.begin(), reached.end()).size() == kReady);
    CHECK(poller.wait(0).rc == 0);
}

TEST_CASE("a descriptor that is always ready does not hide one that was added later") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair busy = make_socket_pair();
    const Pair late = make_socket_pair();
    REQUIRE(poller.add(busy.ours, 1, PLX_WRITABLE) == 0);
    for (int round = 0; round < 5; ++round)
        REQUIRE(poller.wait(0, 1).has(1));
    REQUIRE(poller.add(late.ours, 2, PLX_WRITABLE) == 0);
    const bool reached =
        poller.wait(0, 1).has(2) || poller.wait(0, 1).has(2) || poller.wait(0, 1).has(2);
    CHECK(reached);
}

TEST_CASE("a wake is not starved by ready descriptors, nor they by wakes") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const auto pairs = add_ready(poller, PLX_READABLE);
    std::set<uint64_t> reached;
    uint64_t woken = 0;
    for (uint64_t round = 0; round < 4 * kReady; ++round) {
        REQUIRE(poller.wake() == 0);
        const Batch batch = poller.wait(0, 1);
        REQUIRE(batch.rc == 1);
        woken += batch.woken();
        if (!batch.woken()) reached.insert(batch.events[0].token);
    }
    CHECK(woken >= 1);
    CHECK(reached.size() == kReady);
}
