// SPDX-License-Identifier: MIT
// Work without memory or threads: it says so, changes nothing, leaks nothing.
#include "support/faults.hpp"
#include "support/threads.hpp"
#include "support/work.hpp"

#include <cerrno>
#include <functional>

using namespace support;
using faults::Call;
using faults::Fault;

namespace {

// Runs `start` with its first allocation failing, then its second, and so on, until it needs no
// more. How many there were.
int fail_each_allocation(const Loop& loop, const std::function<int()>& start) {
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
            return n;
        }
        REQUIRE(rc == -ENOMEM);
        CHECK(loop.stats().work_handles == 0);
        CHECK(loop.stats().work_queued == 0);
        CHECK(loop.run() == 0);
    }
}

void on_resolved(plx_loop*, plx_handle, int status, const plx_address*, size_t count, void*) {
    CHECK(status == 0);
    CHECK(count == 1);
}

}  // namespace

TEST_CASE("without memory no work is started, and its done callback does not run") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const int64_t live = faults::live_allocations();
    {
        const Loop loop(backend);
        Work work(nothing);
        // The item, a page of handles and the bits of free ones, the threads.
        CHECK(fail_each_allocation(loop, [&] { return work.start(loop); }) == 5);
        CHECK(loop.run() == 0);
        CHECK(work.told() == Told{0});
    }
    CHECK(faults::live_allocations() == live);
}

TEST_CASE("without memory no name is resolved and nothing is kept of it") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const int64_t live = faults::live_allocations();
    {
        const Loop loop(backend);
        CHECK(fail_each_allocation(loop, [&] {
                  return plx_resolve_start(loop.get(), nullptr, "127.0.0.1", "80", 0, on_resolved,
                                           nullptr);
              }) == 6);
        CHECK(loop.run() == 0);
    }
    CHECK(faults::live_allocations() == live);
}

TEST_CASE("if not even one thread can be started, work is refused, and later it is not") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend);
    Work work(nothing);
    {
        const Fault fault(Call::kThread, EAGAIN, 0, faults::kAlways);
        CHECK(work.start(loop) == -EAGAIN);
        CHECK(work.handle() == 0);
        CHECK(loop.stats().work_handles == 0);
        CHECK(loop.stats().work_queued == 0);
        CHECK(loop.run() == 0);
    }
    REQUIRE(work.start(loop) == 0);
    CHECK(loop.run() == 0);
    CHECK(work.told() == Told{0});
}

TEST_CASE("if there is a thread, work waits for it, and further threads are tried with more work") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend);
    Gate gate;
    Work first([&] { gate.pass(); });
    Work second([&] { gate.pass(); });
    Work third([&] { gate.pass(); });
    REQUIRE(first.start(loop) == 0);
    gate.await(1);
    {
        const Fault fault(Call::kThread, EAGAIN, 0, faults::kAlways);
        REQUIRE(second.start(loop) == 0);
        CHECK(fault.has_struck());
        CHECK(loop.stats().work_queued == 1);
    }
    REQUIRE(third.start(loop) == 0);
    gate.await(2);
    CHECK(loop.stats().work_threads == 2);
    gate.open();
    CHECK(loop.run() == 0);
    for (const Work* work : {&first, &second, &third})
        CHECK(work->told() == Told{0});
}
