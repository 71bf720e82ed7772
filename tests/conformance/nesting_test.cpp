// SPDX-License-Identifier: MIT
// plx_poller_fd(): a poller within another event loop.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/processes.hpp"
#include "support/threads.hpp"

#include <poll.h>

using namespace support;

namespace {

// What another event loop sees of the descriptor.
bool is_readable(int fd, int timeout_ms = 0) {
    pollfd record{fd, POLLIN, 0};
    return poll(&record, 1, timeout_ms) == 1 && (record.revents & POLLIN) != 0;
}

constexpr int kHangMs = 20'000;

}  // namespace

TEST_CASE("a backend without a descriptor of its own says ENOTSUP") {
    FOR_EACH_BACKEND(backend);
    if (has(backend, PLX_CAP_NATIVE_FD)) return;
    const Poller poller(backend);
    CHECK(poller.fd() == -ENOTSUP);
}

TEST_CASE(
    "the poller's descriptor is readable when there are events, and not when there are none") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    const int fd = poller.fd();
    REQUIRE(fd >= 0);
    CHECK(poller.fd() == fd);
    CHECK_FALSE(is_readable(fd));
    send_byte(pair.theirs);
    CHECK(is_readable(fd, kHangMs));
    expect_events(poller.wait(0), {{1, PLX_READABLE}});
    drain(pair.ours);
    CHECK(poller.wait(0).rc == 0);
    CHECK_FALSE(is_readable(fd));
    REQUIRE(poller.wake() == 0);
    CHECK(is_readable(fd, kHangMs));
    CHECK(poller.wait(0).woken());
    CHECK_FALSE(is_readable(fd));
}

TEST_CASE("the poller's descriptor stays good when the kernel's set is cleaned") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    const int fd = poller.fd();
    for (int round = 0; round < 3; ++round) {
        Pair old = make_socket_pair();
        const Fd kept = duplicate(old.ours);
        REQUIRE(poller.add(old.ours, 9, PLX_READABLE) == 0);
        send_byte(old.theirs);
        const int number = old.ours.close();
        REQUIRE(poller.remove(number) == 0);
        CHECK(poller.is_silent());
        CHECK(poller.fd() == fd);
        CHECK_FALSE(is_readable(fd));
        send_byte(pair.theirs);
        CHECK(is_readable(fd, kHangMs));
        expect_events(poller.wait(0), {{1, PLX_READABLE}});
        drain(pair.ours);
        CHECK(poller.wait(0).rc == 0);
        CHECK_FALSE(is_readable(fd));
    }
}

TEST_CASE("a child that holds copies does not make the cleaned poller's descriptor readable") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    const Poller poller(backend);
    const int fd = poller.fd();
    Pair handshake = make_pipe();
    const Child child([&] {
        handshake.theirs.close();
        pollfd record{handshake.ours, POLLIN, 0};
        poll(&record, 1, -1);
        return kChildOk;
    });
    for (int round = 0; round < 3; ++round) {
        Pair old = make_socket_pair();
        const Fd kept = duplicate(old.ours);
        REQUIRE(poller.add(old.ours, 9, PLX_READABLE) == 0);
        send_byte(old.theirs);
        const int number = old.ours.close();
        REQUIRE(poller.remove(number) == 0);
        CHECK(poller.is_silent());
        CHECK_FALSE(is_readable(fd));
    }
    handshake.theirs.close();
}

TEST_CASE("a poller nests in a poller of every backend") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    const Poller inner(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(inner.add(pair.ours, 1, PLX_READABLE) == 0);
    for (const uint32_t outside : available_backends()) {
        INFO("nested in " << plx_backend_name(outside));
        const Poller outer(outside);
        REQUIRE(outer.add(inner.fd(), 7, PLX_READABLE) == 0);
        CHECK(outer.is_silent());
        send_byte(pair.theirs);
        expect_events(outer.wait(kHang), {{7, PLX_READABLE}});
        expect_events(inner.wait(0), {{1, PLX_READABLE}});
        drain(pair.ours);
        CHECK(inner.wait(0).rc == 0);
        CHECK(outer.is_silent());
    }
}

TEST_CASE("a nested poller is ended by events that come while the outer one waits") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    const Poller inner(backend);
    const Poller outer(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(outer.add(inner.fd(), 7, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    Batch batch;
    Thread waiter([&] { batch = outer.wait(kHang); });
    let_others_block();
    REQUIRE(inner.add(pair.ours, 1, PLX_READABLE) == 0);
    waiter.join();
    expect_events(batch, {{7, PLX_READABLE}});
}
