// SPDX-License-Identifier: MIT
// A loop without memory, on a kernel that fails calls, and how many calls it makes.
#include "support/faults.hpp"
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/processes.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

using namespace support;
using faults::Call;
using faults::Fault;

namespace {

void on_io(plx_loop*, plx_handle, uint32_t, void*) {}
void on_timer(plx_loop*, plx_handle, void*) {}
void on_number(plx_loop*, plx_handle, int, void*) {}
void on_post(plx_loop*, void*) {}

// With its first allocation failing, then its second, and so on, until it needs no more: each time
// nothing may have changed. The last one succeeds.
void fail_each_allocation(const std::function<int()>& start, const std::function<bool()>& is_same) {
    for (int n = 0;; ++n) {
        INFO("allocation " << n);
        int rc;
        bool has_struck;
        {
            const Fault fault(Call::kAllocate, ENOMEM, n);
            rc = start();
            has_struck = fault.has_struck();
        }
        if (!has_struck) {
            REQUIRE(rc == 0);
            return;
        }
        REQUIRE(rc == -ENOMEM);
        REQUIRE(is_same());
    }
}

uint64_t open_handles(const Loop& loop) {
    const plx_loop_stats stats = loop.stats();
    return stats.io_handles + stats.timer_handles + stats.signal_handles + stats.child_handles;
}

// The system call of a wait with a timeout.
Call timed_wait(uint32_t backend) {
    return backend == PLX_BACKEND_EPOLL ? Call::kEpollPwait2 : Call::kPoll;
}

}  // namespace

TEST_CASE("without memory no loop is made, and nothing is left of it") {
    FOR_EACH_BACKEND(backend);
    const int64_t live = faults::live_allocations();
    const auto open = open_fds();
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    options.backend = backend;
    plx_loop* loop = nullptr;
    fail_each_allocation([&] { return plx_loop_create(&loop, &options); },
                         [&] { return loop == nullptr && open_fds() == open; });
    plx_loop_destroy(loop);
    CHECK(faults::live_allocations() == live);
    CHECK(open_fds() == open);
}

TEST_CASE("without memory nothing is started, and a handle that was given keeps its value") {
    FOR_EACH_BACKEND(backend);
    const int64_t live = faults::live_allocations();
    const Pair pair = make_socket_pair();
    const Child child([] { return pause(); });
    const std::function<int(plx_loop*, plx_handle*)> starts[] = {
        [&](plx_loop* loop, plx_handle* out) {
            return plx_io_start(loop, out, pair.ours, PLX_READABLE, on_io, nullptr);
        },
        [](plx_loop* loop, plx_handle* out) {
            return plx_timer_start(loop, out, kHang, 0, on_timer, nullptr);
        },
        [](plx_loop* loop, plx_handle* out) {
            return plx_signal_start(loop, out, SIGUSR1, on_number, nullptr);
        },
        [&](plx_loop* loop, plx_handle* out) {
            return plx_child_start(loop, out, child.pid(), on_number, nullptr);
        },
    };
    for (const auto& start : starts) {
        const Loop loop(backend);
        const auto open = open_fds();
        plx_handle handle = 77;
        fail_each_allocation(
            [&] { return start(loop.get(), &handle); },
            [&] { return handle == 77 && open_handles(loop) == 0 && open_fds() == open; });
        CHECK(open_handles(loop) == 1);
        CHECK(loop.close(handle) == 0);
    }
    REQUIRE(kill(child.pid(), SIGKILL) == 0);
    CHECK(faults::live_allocations() == live);
}

TEST_CASE("without memory nothing is posted, and what was posted before runs") {
    FOR_EACH_BACKEND(backend);
    const Loop loop(backend);
    REQUIRE(plx_post(loop.get(), on_post, nullptr) == 0);
    fail_each_allocation([&] { return plx_post(loop.get(), on_post, nullptr); },
                         [] { return true; });
    CHECK(loop.run() == 0);
    CHECK(loop.stats().posts == 2);
}

TEST_CASE("timers that come due without memory fire when there is some again") {
    FOR_EACH_BACKEND(backend);
    const int64_t live = faults::live_allocations();
    {
        const Loop loop(backend);
        constexpr int kTimers = 3'000;
        for (int i = 0; i < kTimers; ++i) {
            plx_handle handle = 0;
            REQUIRE(plx_timer_start(loop.get(), &handle, i * 1'000, 0, on_timer, nullptr) == 0);
        }
        for (int n = 0; n < 5; ++n) {
            const Fault fault(Call::kAllocate, ENOMEM, 0, faults::kAlways);
            const int rc = loop.run_once();
            if (rc < 0) CHECK(rc == -ENOMEM);
        }
        CHECK(loop.run() == 0);
        CHECK(loop.stats().timers_fired == kTimers);
    }
    CHECK(faults::live_allocations() == live);
}

TEST_CASE("a wait that fails ends the run with its error, and the next run goes on") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int calls = 0;
    loop.io(pair.ours, PLX_READABLE, [&](plx_handle, uint32_t) { ++calls; });
    loop.timer(kHang, 0, [](plx_handle) {});
    send_byte(pair.theirs);
    {
        const Fault fault(timed_wait(backend), ENOMEM);
        CHECK(loop.run() == -ENOMEM);
    }
    CHECK(calls == 0);
    CHECK(loop.run_once() == 1);
    CHECK(calls == 1);
}

TEST_CASE("a wait that is interrupted goes on by itself") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int calls = 0;
    loop.io(pair.ours, PLX_READABLE, [&](plx_handle, uint32_t) { ++calls; });
    loop.timer(kHang, 0, [](plx_handle) {});
    send_byte(pair.theirs);
    const Fault fault(timed_wait(backend), EINTR, 0, 3);
    CHECK(loop.run_once() == 1);
    CHECK(fault.has_struck());
    CHECK(calls == 1);
}

TEST_CASE("an iteration costs one system call, whatever timers it serves") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    loop.io(pair.ours, PLX_WRITABLE, [](plx_handle, uint32_t) {});
    loop.timer(0, 1, [](plx_handle) {});
    loop.timer(0, 0, [&](plx_handle own) { CHECK(plx_timer_set(loop.get(), own, 0, 0) == 0); });
    loop.run_nowait();
    const uint64_t before = faults::system_calls();
    for (int i = 0; i < 10; ++i)
        loop.run_nowait();
    const uint64_t made = faults::system_calls() - before;
    CHECK(made == 10);
    CHECK(loop.stats().io_events == 11);
    CHECK(loop.stats().timers_fired >= 20);
}

TEST_CASE("an interest that has changed several times costs the kernel one change") {
    Loop loop(PLX_BACKEND_EPOLL);
    const Pair pair = make_socket_pair();
    const plx_handle handle = loop.io(pair.ours, PLX_READABLE, [](plx_handle, uint32_t) {});
    loop.run_nowait();
    const uint64_t before = faults::calls(Call::kEpollControl);
    for (int i = 0; i < 9; ++i)
        REQUIRE(plx_io_set(loop.get(), handle, i % 2 == 0 ? PLX_WRITABLE : PLX_READABLE) == 0);
    CHECK(faults::calls(Call::kEpollControl) == before);
    loop.run_nowait();
    CHECK(faults::calls(Call::kEpollControl) == before + 1);
}

TEST_CASE("a thousand posts cost one system call to wake the loop") {
    FOR_EACH_BACKEND(backend);
    const Loop loop(backend);
    loop.run_nowait();
    const uint64_t before = faults::system_calls();
    for (int i = 0; i < 1'000; ++i)
        REQUIRE(plx_post(loop.get(), on_post, nullptr) == 0);
    const uint64_t made = faults::system_calls() - before;
    CHECK(made == 1);
    CHECK(loop.run() == 0);
    CHECK(loop.stats().posts == 1'000);
}
