// SPDX-License-Identifier: MIT
// Contract 2, what works: adding, changing and removing.
#include "support/fds.hpp"
#include "support/poller.hpp"

using namespace support;

TEST_CASE("an event carries the token and the descriptor it was added with") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    for (const uint64_t token : {uint64_t{0}, uint64_t{1}, UINT64_MAX, uint64_t{1} << 63}) {
        REQUIRE(poller.add(pair.ours, token, PLX_READABLE) == 0);
        const Batch batch = poller.wait(kHang);
        expect_events(batch, {{token, PLX_READABLE}});
        CHECK(batch.events[0].fd == pair.ours);
        REQUIRE(poller.remove(pair.ours) == 0);
    }
}

TEST_CASE("tokens are not looked at: two descriptors may share one") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair one = make_socket_pair();
    const Pair two = make_socket_pair();
    send_byte(one.theirs);
    send_byte(two.theirs);
    REQUIRE(poller.add(one.ours, 7, PLX_READABLE) == 0);
    REQUIRE(poller.add(two.ours, 7, PLX_READABLE) == 0);
    const Batch batch = poller.wait(kHang);
    REQUIRE(batch.rc == 2);
    CHECK(batch.events[0].fd != batch.events[1].fd);
}

TEST_CASE("the count follows the registrations") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    CHECK(poller.count() == 0);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.add(pair.theirs, 2, 0) == 0);
    CHECK(poller.count() == 2);
    REQUIRE(poller.modify(pair.ours, 1, 0) == 0);
    CHECK(poller.count() == 2);
    REQUIRE(poller.remove(pair.ours) == 0);
    REQUIRE(poller.remove(pair.theirs) == 0);
    CHECK(poller.count() == 0);
}

TEST_CASE("modify gives another token and another interest") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    CHECK(poller.is_silent());
    REQUIRE(poller.modify(pair.ours, 2, PLX_WRITABLE) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_WRITABLE}});
    REQUIRE(poller.modify(pair.ours, 3, PLX_READABLE) == 0);
    CHECK(poller.is_silent());
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{3, PLX_READABLE}});
}

TEST_CASE("what is ready already is reported after add and after modify") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, 0) == 0);
    CHECK(poller.is_silent());
    REQUIRE(poller.modify(pair.ours, 2, PLX_READABLE) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
}

TEST_CASE("a removed descriptor may be added again") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    for (uint64_t round = 0; round < 10; ++round) {
        REQUIRE(poller.add(pair.ours, round, PLX_READABLE) == 0);
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
        REQUIRE(poller.remove(pair.ours) == 0);
        CHECK(poller.wait(0).rc == 0);
    }
}

TEST_CASE("destroying a poller leaves the registered descriptors open") {
    FOR_EACH_BACKEND(backend);
    const Pair pair = make_socket_pair();
    {
        const Poller poller(backend);
        REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    }
    CHECK(is_open(pair.ours));
    send_byte(pair.theirs);
    CHECK(drain(pair.ours) == 1);
}

TEST_CASE("one descriptor may be in several pollers") {
    FOR_EACH_BACKEND(backend);
    const Poller one(backend);
    const Poller two(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(one.add(pair.ours, 1, PLX_READABLE) == 0);
    REQUIRE(two.add(pair.ours, 2, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    expect_events(one.wait(kHang), {{1, PLX_READABLE}});
    REQUIRE(one.remove(pair.ours) == 0);
    expect_events(two.wait(kHang), {{2, PLX_READABLE}});
}

TEST_CASE("many descriptors are registered and each is told from the others") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    std::vector<Pair> pairs;
    for (uint64_t i = 0; i < 100; ++i) {
        pairs.push_back(make_socket_pair());
        REQUIRE(poller.add(pairs.back().ours, i, PLX_READABLE) == 0);
    }
    std::vector<Expected> expected;
    for (uint64_t i = 0; i < 100; i += 3) {
        send_byte(pairs[i].theirs);
        expected.push_back({i, PLX_READABLE});
    }
    expect_events(poller.wait(kHang, 128), expected);
}
