// SPDX-License-Identifier: MIT
// Contract 3: what an event says, and what it does not say.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

using namespace support;

namespace {

Pair make_pair_of(const std::string& kind) {
    if (kind == "pipe") return make_pipe();
    return kind == "tcp" ? make_tcp_pair() : make_socket_pair();
}

}  // namespace

TEST_CASE("idle and healthy descriptors report nothing") {
    FOR_EACH_BACKEND(backend);
    const auto* kind = GENERATE("socket pair", "tcp", "pipe");
    INFO(kind);
    const Poller poller(backend);
    const Pair pair = make_pair_of(kind);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("data makes a descriptor readable and nothing else") {
    FOR_EACH_BACKEND(backend);
    const auto* kind = GENERATE("socket pair", "tcp", "pipe");
    INFO(kind);
    const Poller poller(backend);
    const Pair pair = make_pair_of(kind);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    const Batch batch = poller.wait(kHang);
    expect_events(batch, {{1, PLX_READABLE}});
    CHECK((batch.of(1) & kConditions) == PLX_READABLE);
    drain(pair.ours);
    CHECK(poller.is_silent());
}

TEST_CASE("room makes a descriptor writable, and a full one is silent") {
    FOR_EACH_BACKEND(backend);
    const auto* kind = GENERATE("socket pair", "tcp", "pipe");
    INFO(kind);
    const Poller poller(backend);
    const Pair pair = make_pair_of(kind);
    REQUIRE(poller.add(pair.theirs, 1, PLX_WRITABLE) == 0);
    const Batch batch = poller.wait(kHang);
    expect_events(batch, {{1, PLX_WRITABLE}});
    CHECK((batch.of(1) & kConditions) == PLX_WRITABLE);
    fill(pair.theirs);
    if (std::string(kind) != "tcp") CHECK(poller.is_silent());
    drain(pair.ours);
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE}});
}

TEST_CASE("read and write readiness of a descriptor come in one event") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE}});
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE | PLX_WRITABLE}});
}

TEST_CASE("only what was asked for is reported of the conditions") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_WRITABLE) == 0);
    CHECK((poller.wait(kHang).of(1) & kConditions) == PLX_WRITABLE);
    REQUIRE(poller.modify(pair.ours, 1, PLX_READABLE) == 0);
    CHECK((poller.wait(kHang).of(1) & kConditions) == PLX_READABLE);
}

TEST_CASE("a listening socket is readable when there is a connection to accept") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    const Fd listener = make_private(socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(bind(listener, name, size) == 0);
    REQUIRE(listen(listener, 8) == 0);
    REQUIRE(getsockname(listener, name, &size) == 0);
    REQUIRE(poller.add(listener, 1, PLX_READABLE) == 0);
    CHECK(poller.is_silent());
    const Fd client = make_private(socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(poller.add(client, 2, 0) == 0);
    const int rc = connect(client, name, size);
    REQUIRE((rc == 0 || errno == EINPROGRESS));
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    REQUIRE(poller.modify(client, 2, PLX_WRITABLE) == 0);
    REQUIRE(poller.modify(listener, 1, 0) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_WRITABLE}});
}

TEST_CASE("a refused connect ends as writable, and the error can be fetched") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    // Bound and not listening: the number is nobody else's and refuses.
    const Fd closed = make_private(socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(bind(closed, name, size) == 0);
    REQUIRE(getsockname(closed, name, &size) == 0);
    const Fd client = make_private(socket(AF_INET, SOCK_STREAM, 0));
    const int rc = connect(client, name, size);
    REQUIRE(rc < 0);
    if (errno == ECONNREFUSED) return;  // some systems tell at once
    REQUIRE(poller.add(client, 1, PLX_WRITABLE) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE}});
    int error = 0;
    socklen_t length = sizeof error;
    REQUIRE(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length) == 0);
    CHECK(error == ECONNREFUSED);
}

TEST_CASE("the end of the file is readable, and hang-up never hides unread data") {
    FOR_EACH_BACKEND(backend);
    const auto* kind = GENERATE("socket pair", "tcp", "pipe");
    INFO(kind);
    const Poller poller(backend);
    Pair pair = make_pair_of(kind);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    pair.theirs.close();
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    char byte = 0;
    CHECK(read(pair.ours, &byte, 1) == 1);
    // A pipe that is at its end may be a hang-up alone.
    const Batch batch = poller.wait(kHang);
    CHECK((batch.of(1) & (PLX_READABLE | PLX_HANGUP)) != 0);
    CHECK(read(pair.ours, &byte, 1) == 0);
}

TEST_CASE("a peer that stops sending is READ_CLOSED, where it can be told, beside READABLE") {
    FOR_EACH_BACKEND(backend);
    const auto* kind = GENERATE("socket pair", "tcp");
    INFO(kind);
    const Poller poller(backend);
    const Pair pair = make_pair_of(kind);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    REQUIRE(shutdown(pair.theirs, SHUT_WR) == 0);
    const uint32_t hint = has(backend, PLX_CAP_READ_CLOSED) ? PLX_READ_CLOSED : 0;
    expect_events(poller.wait(kHang), {{1, PLX_READABLE | hint}});
}

TEST_CASE("without a condition nothing is reported, whatever happens to the descriptor") {
    FOR_EACH_BACKEND(backend);
    const auto* kind = GENERATE("socket pair", "tcp", "pipe");
    const uint32_t mode = GENERATE(uint32_t{0}, PLX_ONESHOT, PLX_EXCLUSIVE, PLX_EDGE);
    if (mode == PLX_EDGE && !has(backend, PLX_CAP_EDGE)) return;
    INFO(kind << ", mode " << mode);
    const Poller poller(backend);
    Pair added = make_pair_of(kind);
    Pair changed = make_pair_of(kind);
    REQUIRE(poller.add(added.ours, 1, mode) == 0);
    REQUIRE(poller.add(changed.ours, 2, PLX_READABLE) == 0);
    REQUIRE(poller.modify(changed.ours, 2, mode) == 0);
    for (Pair* pair : {&added, &changed}) {
        send_byte(pair->theirs);
        pair->theirs.close();
    }
    CHECK(poller.is_silent());
    CHECK(poller.count() == 2);
    REQUIRE(poller.modify(added.ours, 3, PLX_READABLE) == 0);
    expect_events(poller.wait(kHang), {{3, PLX_READABLE}});
    REQUIRE(poller.modify(added.ours, 3, mode) == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("a fresh socket without a condition reports nothing") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const int family = GENERATE(AF_INET, AF_UNIX);
    // Linux says hang-up of a socket that was never connected.
    const Fd fresh = make_private(socket(family, SOCK_STREAM, 0));
    REQUIRE(poller.add(fresh, 1, 0) == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("WRITABLE alone says nothing of a peer that stopped sending, so output can drain") {
    FOR_EACH_BACKEND(backend);
    const auto* kind = GENERATE("socket pair", "tcp");
    INFO(kind);
    const Poller poller(backend);
    const Pair pair = make_pair_of(kind);
    REQUIRE(poller.add(pair.ours, 1, PLX_WRITABLE) == 0);
    REQUIRE(shutdown(pair.theirs, SHUT_WR) == 0);
    const Batch batch = poller.wait(kHang);
    expect_events(batch, {{1, PLX_WRITABLE}});
    CHECK((batch.of(1) & (PLX_READ_CLOSED | PLX_READABLE)) == 0);
    if (std::string(kind) == "tcp") return;  // loopback goes on moving what was written
    fill(pair.ours);
    const CpuStopwatch spent;
    CHECK(poller.wait(100 * kMillisecond).rc == 0);
    CHECK(spent.elapsed() < 10 * kMillisecond);
}

TEST_CASE("urgent data is reported to who asks for it, where the backend can") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_PRIORITY)) return;
    const Poller poller(backend);
    const Pair pair = make_tcp_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_PRIORITY) == 0);
    CHECK(poller.is_silent());
    REQUIRE(send(pair.theirs, "!", 1, MSG_OOB) == 1);
    expect_events(poller.wait(kHang), {{1, PLX_PRIORITY}});
    REQUIRE(poller.modify(pair.ours, 1, PLX_READABLE) == 0);
    CHECK((poller.wait(kMoment).of(1) & PLX_PRIORITY) == 0);
}

TEST_CASE("an error on a descriptor is reported without being asked for") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = make_pipe();
    fill(pair.theirs);
    REQUIRE(poller.add(pair.theirs, 1, PLX_WRITABLE) == 0);
    CHECK(poller.is_silent());
    pair.ours.close();
    const Batch batch = poller.wait(kHang);
    REQUIRE(batch.rc == 1);
    CHECK((batch.of(1) & (PLX_ERROR | PLX_HANGUP | PLX_WRITABLE)) != 0);
}
