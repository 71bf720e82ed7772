// SPDX-License-Identifier: MIT
// The errors of a kernel that nobody can order from a real one.
#include "support/fds.hpp"
#include "support/poller.hpp"

#include <kqueue_linux.h>
#include <sys/event.h>

using namespace support;

TEST_CASE("a failed add leaves no filter behind") {
    const short filter = GENERATE(short{EVFILT_READ}, short{EVFILT_WRITE});
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    kqueue_linux_fail_next(filter, ENOMEM);
    CHECK(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE) == -ENOMEM);
    const Poller outer(PLX_BACKEND_KQUEUE);
    REQUIRE(outer.add(poller.fd(), 9, PLX_READABLE) == 0);
    CHECK(outer.is_silent());
    REQUIRE(poller.add(pair.ours, 2, PLX_READABLE | PLX_WRITABLE) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE | PLX_WRITABLE}});
}

TEST_CASE("a failed modify leaves the old registration, mode included") {
    const uint32_t mode = GENERATE(uint32_t{0}, PLX_EDGE, PLX_ONESHOT);
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    kqueue_linux_fail_next(EVFILT_WRITE, ENOMEM);
    CHECK(poller.modify(pair.ours, 2, PLX_READABLE | PLX_WRITABLE | mode) == -ENOMEM);
    CHECK(poller.is_silent());
    send_byte(pair.theirs);
    for (int round = 0; round < 3; ++round) {
        const Batch batch = poller.wait(kHang);
        expect_events(batch, {{1, PLX_READABLE}});
        CHECK(batch.of(1) == PLX_READABLE);
    }
}

TEST_CASE("a failed modify leaves a pipe that nobody reads reported") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    Pair pipe = make_pipe();
    pipe.ours.close();
    REQUIRE(poller.add(pipe.theirs, 1, PLX_WRITABLE) == 0);
    kqueue_linux_fail_next(EVFILT_READ, ENOMEM);
    CHECK(poller.modify(pipe.theirs, 2, PLX_READABLE | PLX_WRITABLE) == -ENOMEM);
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE | PLX_HANGUP}});
}

TEST_CASE("a stand-in that cannot be had fails the add") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    Pair pipe = make_pipe();
    pipe.ours.close();
    kqueue_linux_fail_next(EVFILT_USER, ENOMEM);
    CHECK(poller.add(pipe.theirs, 1, PLX_WRITABLE) == -ENOMEM);
    CHECK(poller.is_silent());
    CHECK(poller.count() == 0);
}

TEST_CASE("a pipe that nobody reads is reported where the kernel says EBADF, as NetBSD") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Pair pipe = make_pipe();
    fill(pipe.theirs);
    kqueue_linux_fail_next(EVFILT_WRITE, EBADF);
    REQUIRE(poller.add(pipe.theirs, 1, PLX_WRITABLE) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_WRITABLE | PLX_HANGUP}});
}

TEST_CASE("a file that the kernel cannot watch is EPERM, as a device on macOS") {
    const int refusal = GENERATE(EINVAL, ENODEV, EOPNOTSUPP, EPERM);
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Pair pair = make_socket_pair();
    kqueue_linux_fail_next(EVFILT_READ, refusal);
    CHECK(poller.add(pair.ours, 1, PLX_READABLE) == -EPERM);
}

TEST_CASE("what the kernel cannot watch for priority data is watched for the rest") {
    const Poller poller(PLX_BACKEND_KQUEUE);
    const Pair pair = make_socket_pair();
    kqueue_linux_fail_next(EVFILT_EXCEPT, EINVAL);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_PRIORITY) == 0);
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("without user events a pipe carries the wakes, each reported once") {
    kqueue_linux_fail_next(EVFILT_USER, EINVAL);
    const Poller poller(PLX_BACKEND_KQUEUE);
    for (int round = 0; round < 3; ++round) {
        REQUIRE(poller.wake() == 0);
        REQUIRE(poller.wake() == 0);
        const Batch batch = poller.wait(kHang);
        CHECK(batch.rc == 1);
        CHECK(batch.woken());
        CHECK(poller.is_silent());
    }
}

TEST_CASE("without user events the read filter stands in where nobody reads a pipe") {
    kqueue_linux_fail_next(EVFILT_USER, EINVAL);
    const Poller poller(PLX_BACKEND_KQUEUE);
    Pair pair = make_socket_pair();
    pair.theirs.close();
    kqueue_linux_fail_next(EVFILT_WRITE, EPIPE);
    REQUIRE(poller.add(pair.ours, 1, PLX_WRITABLE) == 0);
    const Batch batch = poller.wait(kHang);
    expect_events(batch, {{1, PLX_WRITABLE | PLX_HANGUP}});
    CHECK((batch.of(1) & PLX_READABLE) == 0);
    REQUIRE(poller.remove(pair.ours) == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("a queue that cannot be opened fails the create, and nothing is left open") {
    const int shortage = GENERATE(EMFILE, ENFILE, ENOMEM);
    const std::vector<int> before = open_fds();
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    options.backend = PLX_BACKEND_KQUEUE;
    plx_poller* poller = nullptr;
    kqueue_linux_fail_next(0, shortage);
    CHECK(plx_poller_create(&poller, &options) == -shortage);
    CHECK(poller == nullptr);
    CHECK(open_fds() == before);
}

TEST_CASE("a queue that the kernel does not have is not supported") {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    options.backend = PLX_BACKEND_KQUEUE;
    plx_poller* poller = nullptr;
    kqueue_linux_fail_next(0, ENOSYS);
    CHECK(plx_poller_create(&poller, &options) == -ENOTSUP);
}
