// SPDX-License-Identifier: MIT
// Contract 5, 7, 8 and 10: waits and wakes on a kernel that fails calls, and how many they make.
#include "support/faults.hpp"
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

using namespace support;
using faults::Call;
using faults::Fault;

namespace {

// The system call of a wait with a timeout.
Call timed_wait(uint32_t backend) {
    return backend == PLX_BACKEND_EPOLL ? Call::kEpollPwait2 : Call::kPoll;
}

uint64_t calls_of_a_silent_wait(const Poller& poller) {
    const uint64_t before = faults::system_calls();
    const int rc = poller.wait(kMoment).rc;
    const uint64_t made = faults::system_calls() - before;
    CHECK(rc == 0);
    CHECK(made >= 1);
    return made;
}

}  // namespace

TEST_CASE("without epoll_pwait2 a wait falls back, once and for all, and is never early") {
    const Poller poller(PLX_BACKEND_EPOLL);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    const int error = GENERATE(ENOSYS, EPERM);
    const Fault fault(Call::kEpollPwait2, error, 0, faults::kAlways);
    const uint64_t before = faults::calls(Call::kEpollPwait2);
    for (const int64_t timeout : {1, 999, 300'000, 999'999, 1'000'001, 1'500'000, 20'000'000}) {
        const Stopwatch watch;
        CHECK(poller.wait(timeout).rc == 0);
        CHECK(watch.elapsed() >= timeout);
    }
    CHECK(faults::calls(Call::kEpollPwait2) == before + 1);
    send_byte(pair.theirs);
    for (const int64_t timeout : {int64_t{0}, kHang, INT64_MAX, int64_t{-1}}) {
        expect_events(poller.wait(timeout), {{1, PLX_READABLE}});
    }
}

TEST_CASE("a kernel that ends its wait before the time is waited for again") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    const Call call = timed_wait(backend);
    {
        // A timeout that was cut to what the call takes, or a clock that is not quite ours.
        const Fault fault(call, faults::kNothing, 0, 3);
        const Stopwatch watch;
        CHECK(poller.wait(kMoment).rc == 0);
        CHECK(watch.elapsed() >= kMoment);
        CHECK(fault.has_struck());
    }
    send_byte(pair.theirs);
    const Fault fault(call, faults::kNothing, 0, 3);
    expect_events(poller.wait(INT64_MAX), {{1, PLX_READABLE}});
    CHECK(fault.has_struck());
}

TEST_CASE("an interrupted system call is EINTR, other failures are told by their number") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    for (const int error : {EINTR, ENOMEM}) {
        for (const int64_t timeout : {int64_t{0}, kHang, int64_t{-1}}) {
            const Call untimed = backend == PLX_BACKEND_EPOLL ? Call::kEpollWait : Call::kPoll;
            const Fault fault(timeout > 0 ? timed_wait(backend) : untimed, error);
            CHECK(poller.wait(timeout).rc == -error);
            CHECK(fault.has_struck());
            expect_events(poller.wait(timeout), {{1, PLX_READABLE}});
        }
    }
}

TEST_CASE("poll's EAGAIN, which is a lack of memory, is ENOMEM") {
    const Poller poller(PLX_BACKEND_POLL);
    const Fault fault(Call::kPoll, EAGAIN);
    CHECK(poller.wait(0).rc == -ENOMEM);
    CHECK(poller.wait(0).rc == 0);
}

TEST_CASE("a wake whose write is interrupted is not lost") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    {
        const Fault fault(Call::kWrite, EINTR, 0, 3);
        CHECK(poller.wake() == 0);
        CHECK(fault.has_struck());
    }
    CHECK(poller.wait(kHang).woken());
    CHECK(poller.is_silent());
}

TEST_CASE("a cleaning of the kernel's set that fails at any call is told, and loses nothing") {
    const Call call = GENERATE(Call::kEpollCreate, Call::kEpollControl, Call::kDup3);
    const bool nested = GENERATE(false, true);
    for (int skip = 0;; ++skip) {
        INFO("call " << static_cast<int>(call) << " number " << skip);
        const Poller poller(PLX_BACKEND_EPOLL);
        if (nested) REQUIRE(poller.fd() >= 0);
        Pair old = make_socket_pair();
        const Fd kept = duplicate(old.ours);
        const Pair pair = make_socket_pair();
        REQUIRE(poller.add(old.ours, 9, PLX_READABLE) == 0);
        REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_EDGE) == 0);
        send_byte(old.theirs);
        const int number = old.ours.close();
        REQUIRE(poller.remove(number) == 0);
        const auto before = open_fds();
        bool has_struck;
        {
            const Fault fault(call, ENOSPC, skip);
            const int rc = poller.wait(kMoment).rc;
            has_struck = fault.has_struck();
            CHECK((rc == 0 || (has_struck && rc == -ENOSPC)));
        }
        CHECK(open_fds() == before);
        CHECK(poller.is_silent());
        REQUIRE(poller.wake() == 0);
        CHECK(poller.wait(kHang).woken());
        send_byte(pair.theirs);
        expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
        CHECK(poller.is_silent());
        if (!has_struck) break;
    }
}

TEST_CASE("a wait that finds events makes one system call, and noticing a fork costs none") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    REQUIRE(poller.wait(0).rc == 1);
    for (const int64_t timeout : {int64_t{0}, kHang, int64_t{-1}}) {
        const uint64_t before = faults::system_calls();
        const int rc = poller.wait(timeout).rc;
        CHECK(faults::system_calls() == before + 1);
        CHECK(rc == 1);
    }
}

TEST_CASE("a wait that times out makes one system call: nothing spins") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair idle = make_socket_pair();
    Pair paused = make_socket_pair();
    REQUIRE(poller.add(idle.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.add(paused.ours, 2, 0) == 0);
    paused.theirs.close();
    CHECK(calls_of_a_silent_wait(poller) <= 3);
}

TEST_CASE("neither what has fired nor what was closed makes a wait spin") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair fired = make_socket_pair();
    Pair closed = make_socket_pair();
    Pair removed = make_socket_pair();
    const Fd kept = duplicate(removed.ours);
    REQUIRE(poller.add(fired.ours, 1, PLX_READABLE | PLX_ONESHOT) == 0);
    send_byte(fired.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    REQUIRE(poller.add(closed.ours, 2, PLX_READABLE) == 0);
    REQUIRE(poller.add(removed.ours, 3, PLX_READABLE) == 0);
    for (const Pair* pair : {&fired, &closed, &removed})
        send_byte(pair->theirs);
    closed.ours.close();
    const int number = removed.ours.close();
    REQUIRE(poller.remove(number) == 0);
    // The first one cleans up.
    CHECK(calls_of_a_silent_wait(poller) <= 15);
    CHECK(calls_of_a_silent_wait(poller) <= 3);
}

TEST_CASE("pending wakes cost no further system call") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    REQUIRE(poller.wake() == 0);
    const uint64_t before = faults::system_calls();
    for (int i = 0; i < 10; ++i)
        REQUIRE(poller.wake() == 0);
    CHECK(faults::system_calls() == before);
}
