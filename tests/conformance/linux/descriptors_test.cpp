// SPDX-License-Identifier: MIT
// Descriptors that only Linux has, and where the backends differ on it.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

using namespace support;

TEST_CASE("an eventfd is watched like any other descriptor") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Fd counter(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    REQUIRE(poller.add(counter, 1, PLX_READABLE | PLX_WRITABLE) == 0);
    CHECK((poller.wait(kHang).of(1) & kConditions) == PLX_WRITABLE);
    const uint64_t one = 1;
    REQUIRE(write(counter, &one, sizeof one) == sizeof one);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE | PLX_WRITABLE}});
}

TEST_CASE("a timerfd that runs out is readable") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Fd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    itimerspec when{};
    when.it_value.tv_nsec = 1'000'000;
    REQUIRE(timerfd_settime(timer, 0, &when, nullptr) == 0);
    REQUIRE(poller.add(timer, 1, PLX_READABLE) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("an epoll set of the program's own can be watched") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Fd set(epoll_create1(EPOLL_CLOEXEC));
    const Pair pair = make_socket_pair();
    epoll_event event{};
    event.events = EPOLLIN;
    REQUIRE(epoll_ctl(set, EPOLL_CTL_ADD, pair.ours, &event) == 0);
    REQUIRE(poller.add(set, 1, PLX_READABLE) == 0);
    CHECK(poller.is_silent());
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("a FIFO reports data, and its last writer's leaving") {
    FOR_EACH_BACKEND(backend);
    std::string path = temporary_path();
    REQUIRE(mkdtemp(path.data()) != nullptr);
    const std::string name = path + "/fifo";
    REQUIRE(mkfifo(name.c_str(), 0600) == 0);
    const Fd reader(open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    Fd writer(open(name.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    unlink(name.c_str());
    rmdir(path.c_str());
    const Poller poller(backend);
    REQUIRE(poller.add(reader, 1, PLX_READABLE) == 0);
    CHECK(poller.is_silent());
    send_byte(writer);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    drain(reader);
    CHECK(poller.is_silent());
    writer.close();
    CHECK((poller.wait(kHang).of(1) & (PLX_READABLE | PLX_HANGUP)) != 0);
}

namespace {

// Ours is the master.
Pair open_terminal() {
    Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    REQUIRE(grantpt(master) == 0);
    REQUIRE(unlockpt(master) == 0);
    char name[64];
    REQUIRE(ptsname_r(master, name, sizeof name) == 0);
    return {std::move(master), Fd(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK))};
}

}  // namespace

TEST_CASE("a pseudo-terminal is watched like any other descriptor") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = open_terminal();
    REQUIRE(poller.add(pair.theirs, 1, PLX_READABLE) == 0);
    CHECK(poller.is_silent());
    REQUIRE(write(pair.ours, "line\n", 5) == 5);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("the end of a pseudo-terminal is told beside its room to write, in a small array too") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = open_terminal();
    pair.theirs.close();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE) == 0);
    for (int round = 0; round < 3; ++round)
        CHECK((poller.wait(kHang, 1).of(1) & (PLX_READABLE | PLX_HANGUP)) != 0);
}

// Where backends differ: epoll cannot watch it, poll says that it is always ready.
TEST_CASE("the null device is refused by epoll and always ready elsewhere") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    const int rc = poller.add(null, 1, PLX_READABLE | PLX_WRITABLE);
    if (backend == PLX_BACKEND_EPOLL) CHECK(rc == -EPERM);
    if (backend == PLX_BACKEND_POLL) CHECK(rc == 0);
    if (rc == 0) expect_events(poller.wait(0), {{1, PLX_READABLE | PLX_WRITABLE}});
}

// Where backends differ: a number that was closed and reused without a remove.
TEST_CASE("without a remove a reused number is reported by poll and silent on epoll") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair old = make_socket_pair();
    const Pair fresh = make_socket_pair();
    REQUIRE(poller.add(old.ours, 1, PLX_READABLE) == 0);
    const Fd reused = duplicate_at(fresh.ours, old.ours.close());
    send_byte(fresh.theirs);
    const Batch batch = poller.wait(kMoment);
    if (backend == PLX_BACKEND_EPOLL) CHECK(batch.rc == 0);
    if (backend == PLX_BACKEND_POLL) expect_events(batch, {{1, PLX_READABLE}});
    CHECK(poller.remove(reused) == 0);
    CHECK(poller.is_silent());
}

// Where backends differ: a number that was closed without a remove while a duplicate lives.
TEST_CASE("without a remove a file that a duplicate keeps open is reported by epoll alone") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = make_socket_pair();
    const Fd kept = duplicate(pair.ours);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    const int number = pair.ours.close();
    send_byte(pair.theirs);
    const Batch batch = poller.wait(kMoment);
    if (backend == PLX_BACKEND_EPOLL) expect_events(batch, {{1, PLX_READABLE}});
    if (backend != PLX_BACKEND_EPOLL) CHECK(batch.rc == 0);
    CHECK(poller.remove(number) == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("hang-up and read-closed come together when the peer is gone") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_WRITABLE) == 0);
    send_byte(pair.theirs);
    pair.theirs.close();
    const uint32_t hints = backend == PLX_BACKEND_KQUEUE ? 0 : PLX_HANGUP | PLX_READ_CLOSED;
    expect_events(poller.wait(kHang), {{1, PLX_READABLE | hints}});
}

TEST_CASE("hang-up is told to who only writes") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_WRITABLE) == 0);
    pair.theirs.close();
    const Batch batch = poller.wait(kHang);
    expect_events(batch, {{1, PLX_HANGUP}});
    CHECK((batch.of(1) & (PLX_READ_CLOSED | PLX_READABLE)) == 0);
}
