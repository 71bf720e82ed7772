// SPDX-License-Identifier: MIT
// What only kqueue has to take care of, on a kqueue: the system's or the one for tests.
#include "support/fds.hpp"
#include "support/poller.hpp"

using namespace support;

namespace {

// The write end of a pipe that nobody reads any more, for which BSDs refuse to add the filter.
Fd make_deserted_pipe() {
    Pair pipe = make_pipe();
    return std::move(pipe.theirs);
}

}  // namespace

TEST_CASE("a pipe that nobody reads is writable and hung up, again and again") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Fd writer = make_deserted_pipe();
    REQUIRE(poller.add(writer, 1, PLX_WRITABLE) == 0);
    for (int round = 0; round < 3; ++round) {
        expect_events(poller.wait(kHang), {{1, PLX_WRITABLE | PLX_HANGUP}});
    }
}

TEST_CASE("a pipe that nobody reads is reported once by an edge and by a one-shot") {
    const uint32_t mode = GENERATE(PLX_EDGE, PLX_ONESHOT);
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Fd writer = make_deserted_pipe();
    REQUIRE(poller.add(writer, 1, PLX_WRITABLE | mode) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE}});
    CHECK(poller.is_silent());
    REQUIRE(poller.modify(writer, 2, PLX_WRITABLE | mode) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_WRITABLE}});
    CHECK(poller.is_silent());
}

TEST_CASE("a pipe that nobody reads is silent when it is paused, removed or closed") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    Fd writer = make_deserted_pipe();
    REQUIRE(poller.add(writer, 1, PLX_WRITABLE) == 0);
    REQUIRE(poller.modify(writer, 1, 0) == 0);
    CHECK(poller.is_silent());
    REQUIRE(poller.modify(writer, 2, PLX_WRITABLE) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_WRITABLE}});
    REQUIRE(poller.remove(writer) == 0);
    CHECK(poller.is_silent());
    REQUIRE(poller.add(writer, 3, PLX_WRITABLE) == 0);
    const int number = writer.close();
    CHECK(poller.is_silent());
    CHECK(poller.remove(number) == 0);
}

TEST_CASE("a pipe whose reader goes away later is reported in the same way") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    Pair pipe = make_pipe();
    fill(pipe.theirs);
    REQUIRE(poller.add(pipe.theirs, 1, PLX_WRITABLE) == 0);
    CHECK(poller.is_silent());
    pipe.ours.close();
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE | PLX_HANGUP}});
}

TEST_CASE("both directions come in one event even if there is room for one record") {
    const uint32_t mode = GENERATE(uint32_t{0}, PLX_EDGE, PLX_ONESHOT);
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE | mode) == 0);
    expect_events(poller.wait(kHang, 1), {{1, PLX_READABLE | PLX_WRITABLE}});
}

TEST_CASE("the direction of a one-shot that did not fire is disarmed in the kernel as well") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Pair pair = make_socket_pair();
    fill(pair.ours);
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE | PLX_ONESHOT) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    drain(pair.theirs);
    const Poller outer(PLX_BACKEND_KQUEUE);
    REQUIRE(outer.add(poller.fd(), 9, PLX_READABLE) == 0);
    CHECK(outer.is_silent());
}

TEST_CASE("the own shutdown is no hang-up while the peer goes on sending, but the peer's is") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    Pair pair = make_tcp_pair();
    REQUIRE(shutdown(pair.ours, SHUT_WR) == 0);
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE) == 0);
    Batch batch = poller.wait(kHang);
    expect_events(batch, {{1, PLX_READABLE}});
    CHECK((batch.of(1) & (PLX_HANGUP | PLX_READ_CLOSED)) == 0);
    REQUIRE(shutdown(pair.theirs, SHUT_WR) == 0);
    do {
        batch = poller.wait(kHang);
        REQUIRE(batch.has(1));
    } while ((batch.of(1) & PLX_READ_CLOSED) == 0);
    expect_events(batch, {{1, PLX_READABLE | PLX_READ_CLOSED}});
}

TEST_CASE("what can have no priority data is accepted and never has any") {
    if (!has(PLX_BACKEND_KQUEUE, PLX_CAP_PRIORITY)) return;
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Pair pipe = make_pipe();
    REQUIRE(poller.add(pipe.ours, 1, PLX_READABLE | PLX_PRIORITY) == 0);
    CHECK(poller.is_silent());
    send_byte(pipe.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("two kqueues can watch one descriptor, and one of them the other") {
    const Poller inner(PLX_BACKEND_KQUEUE);
    const Poller outer(PLX_BACKEND_KQUEUE);
    const Pair pair = make_socket_pair();
    REQUIRE(inner.add(pair.ours, 1, PLX_READABLE) == 0);
    REQUIRE(outer.add(pair.ours, 2, PLX_READABLE) == 0);
    REQUIRE(outer.add(inner.fd(), 3, PLX_READABLE) == 0);
    CHECK(outer.is_silent());
    send_byte(pair.theirs);
    expect_events(inner.wait(kHang), {{1, PLX_READABLE}});
    expect_events(outer.wait(kHang), {{2, PLX_READABLE}, {3, PLX_READABLE}});
}
