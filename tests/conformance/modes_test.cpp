// SPDX-License-Identifier: MIT
// Contract 4: level, edge, one-shot, exclusive, and going from one to the other.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

using namespace support;

TEST_CASE("level repeats while the condition holds") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    send_byte(pair.theirs);
    for (int round = 0; round < 5; ++round) {
        expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    }
    char byte;
    REQUIRE(read(pair.ours, &byte, 1) == 1);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    drain(pair.ours);
    CHECK(poller.is_silent());
}

TEST_CASE("edge reports a change to ready, and not the state") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_EDGE)) return;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_EDGE) == 0);
    CHECK(poller.is_silent());
    for (int round = 0; round < 3; ++round) {
        send_byte(pair.theirs);
        expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
        CHECK(poller.is_silent());
        drain(pair.ours);
    }
}

TEST_CASE("edge reports what was ready before add and before modify") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_EDGE)) return;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_EDGE) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    CHECK(poller.is_silent());
    REQUIRE(poller.modify(pair.ours, 2, PLX_READABLE | PLX_EDGE) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    CHECK(poller.is_silent());
}

TEST_CASE("edge reports each direction") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_EDGE)) return;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    fill(pair.ours);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE | PLX_EDGE) == 0);
    CHECK(poller.is_silent());
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    drain(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE}});
}

TEST_CASE("a one-shot event is reported once and disarms both directions") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE | PLX_ONESHOT) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE}});
    CHECK(poller.is_silent());
    send_byte(pair.theirs);
    CHECK(poller.is_silent());
    CHECK(poller.count() == 1);
}

TEST_CASE("a fired one-shot reports nothing more, hang-up included") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_ONESHOT) == 0);
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    pair.theirs.close();
    const CpuStopwatch spent;
    CHECK(poller.wait(100 * kMillisecond).rc == 0);
    CHECK(spent.elapsed() < 10 * kMillisecond);
}

TEST_CASE("modify arms a fired one-shot again, and what is ready is reported again") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 0, PLX_READABLE | PLX_ONESHOT) == 0);
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{0, PLX_READABLE}});
    for (uint64_t round = 1; round < 5; ++round) {
        REQUIRE(poller.modify(pair.ours, round, PLX_READABLE | PLX_ONESHOT) == 0);
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
        CHECK(poller.wait(0).rc == 0);
    }
}

TEST_CASE("a one-shot that has not fired stays armed") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair quiet = make_socket_pair();
    const Pair busy = make_socket_pair();
    REQUIRE(poller.add(quiet.ours, 1, PLX_READABLE | PLX_ONESHOT) == 0);
    REQUIRE(poller.add(busy.ours, 2, PLX_READABLE | PLX_ONESHOT) == 0);
    send_byte(busy.theirs);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    send_byte(quiet.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    CHECK(poller.is_silent());
}

TEST_CASE("one-shots that did not fit into the array stay armed") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    std::vector<Pair> pairs;
    for (uint64_t i = 0; i < 5; ++i) {
        pairs.push_back(make_socket_pair());
        REQUIRE(poller.add(pairs[i].ours, i, PLX_READABLE | PLX_ONESHOT) == 0);
        send_byte(pairs[i].theirs);
    }
    std::vector<int> reported(5);
    for (int round = 0; round < 5; ++round) {
        const Batch batch = poller.wait(kHang, 1);
        REQUIRE(batch.rc == 1);
        ++reported[batch.events[0].token];
    }
    CHECK(reported == std::vector<int>(5, 1));
    CHECK(poller.is_silent());
}

TEST_CASE("an edge one-shot is reported once until modify") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_EDGE)) return;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    const uint32_t interest = PLX_READABLE | PLX_EDGE | PLX_ONESHOT;
    REQUIRE(poller.add(pair.ours, 1, interest) == 0);
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    send_byte(pair.theirs);
    CHECK(poller.is_silent());
    REQUIRE(poller.modify(pair.ours, 2, interest) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
}

TEST_CASE("exclusive is accepted everywhere and reports") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE | PLX_EXCLUSIVE) == 0);
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE | PLX_WRITABLE}});
    REQUIRE(poller.remove(pair.ours) == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("exclusive is changed by modify like any other interest") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.modify(pair.ours, 2, PLX_READABLE | PLX_EXCLUSIVE) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    REQUIRE(poller.modify(pair.ours, 3, PLX_WRITABLE | PLX_EXCLUSIVE) == 0);
    CHECK((poller.wait(kHang).of(3) & kConditions) == PLX_WRITABLE);
    REQUIRE(poller.modify(pair.ours, 4, PLX_EXCLUSIVE) == 0);
    CHECK(poller.is_silent());
    REQUIRE(poller.modify(pair.ours, 5, PLX_READABLE | PLX_ONESHOT) == 0);
    expect_events(poller.wait(kHang), {{5, PLX_READABLE}});
    CHECK(poller.is_silent());
    REQUIRE(poller.modify(pair.ours, 6, PLX_READABLE | PLX_EXCLUSIVE) == 0);
    expect_events(poller.wait(kHang), {{6, PLX_READABLE}});
    expect_events(poller.wait(kHang), {{6, PLX_READABLE}});
}

TEST_CASE("of pollers that watch a descriptor exclusively, at least one hears of it") {
    FOR_EACH_BACKEND(backend);
    const Poller one(backend);
    const Poller two(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(one.add(pair.ours, 1, PLX_READABLE | PLX_EXCLUSIVE) == 0);
    REQUIRE(two.add(pair.ours, 2, PLX_READABLE | PLX_EXCLUSIVE) == 0);
    send_byte(pair.theirs);
    CHECK(one.wait(0).rc + two.wait(0).rc >= 1);
}

TEST_CASE("modify takes the mode from level to edge and back") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_EDGE)) return;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 0, PLX_READABLE) == 0);
    for (uint64_t round = 1; round < 4; ++round) {
        REQUIRE(poller.modify(pair.ours, round, PLX_READABLE | PLX_EDGE) == 0);
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
        CHECK(poller.is_silent());
        REQUIRE(poller.modify(pair.ours, round, PLX_READABLE) == 0);
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
    }
}

TEST_CASE("modify takes the mode from level to one-shot and back") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 0, PLX_READABLE) == 0);
    for (uint64_t round = 1; round < 4; ++round) {
        REQUIRE(poller.modify(pair.ours, round, PLX_READABLE | PLX_ONESHOT) == 0);
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
        CHECK(poller.is_silent());
        REQUIRE(poller.modify(pair.ours, round, PLX_READABLE) == 0);
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
    }
}

TEST_CASE("modify takes one direction away and leaves the other") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    const uint32_t mode = GENERATE_COPY(uint32_t{0}, PLX_ONESHOT, PLX_EXCLUSIVE);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE | mode) == 0);
    REQUIRE(poller.modify(pair.ours, 2, PLX_WRITABLE | mode) == 0);
    CHECK((poller.wait(kHang).of(2) & kConditions) == PLX_WRITABLE);
    REQUIRE(poller.modify(pair.ours, 3, PLX_READABLE | mode) == 0);
    CHECK((poller.wait(kHang).of(3) & kConditions) == PLX_READABLE);
}
