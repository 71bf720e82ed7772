// SPDX-License-Identifier: MIT
// Contract 11: out of memory at each allocation in turn is ENOMEM, changes nothing, leaks nothing.
#include "support/faults.hpp"
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/processes.hpp"
#include "support/threads.hpp"

#include <functional>

using namespace support;
using faults::Call;
using faults::Fault;

namespace {

int try_create(uint32_t backend) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    options.backend = backend;
    plx_poller* poller = nullptr;
    const int rc = plx_poller_create(&poller, &options);
    REQUIRE((rc == 0) == (poller != nullptr));
    plx_poller_destroy(poller);
    return rc;
}

// Runs `operation` with its first allocation failing, then its second, and so on, with `unchanged`
// looking each time, until it needs no more. How many there were.
int fail_each_allocation(const std::function<int()>& operation,
                         const std::function<void()>& unchanged) {
    for (int n = 0;; ++n) {
        INFO("allocation " << n);
        int rc;
        bool has_struck;
        {
            const Fault fault(Call::kAllocate, ENOMEM, n);
            rc = operation();
            has_struck = fault.has_struck();
        }
        if (!has_struck) {
            REQUIRE(rc >= 0);
            return n;
        }
        REQUIRE(rc == -ENOMEM);
        unchanged();
    }
}

// A number that lies beyond what the tables hold at first.
Fd at_high_number(int fd) {
    return duplicate_at(fd, unused_number());
}

}  // namespace

TEST_CASE("the very first create without memory can be repeated", "[.]") {
    const auto before = open_fds();
    {
        const Fault fault(Call::kAtfork, ENOMEM);
        CHECK(try_create(PLX_BACKEND_POLL) == -ENOMEM);
        CHECK(fault.has_struck());
    }
    CHECK(open_fds() == before);
    CHECK(faults::live_allocations() == 0);
    CHECK(try_create(PLX_BACKEND_POLL) == 0);
    CHECK(run_in_child([] { return kChildOk; }) == kChildOk);
}

TEST_CASE("create without memory is ENOMEM and leaks nothing") {
    FOR_EACH_BACKEND(backend);
    const auto before = open_fds();
    const int64_t live = faults::live_allocations();
    const auto unchanged = [&] {
        CHECK(open_fds() == before);
        CHECK(faults::live_allocations() == live);
    };
    const int count = fail_each_allocation([&] { return try_create(backend); }, unchanged);
    CHECK(count >= 2);
    unchanged();
}

TEST_CASE("a backend that only lacks memory at this moment is listed") {
    const auto before = available_backends();
    const Fault fault(Call::kAllocate, ENOMEM, 0, faults::kAlways);
    CHECK(plx_backend_list(nullptr, 0) == before.size());
    CHECK(fault.has_struck());
}

TEST_CASE("add without memory is ENOMEM and registers nothing") {
    FOR_EACH_BACKEND(backend);
    const int64_t live = faults::live_allocations();
    {
        const Poller poller(backend);
        const Pair pair = make_socket_pair();
        const Fd high = at_high_number(pair.ours);
        send_byte(pair.theirs);
        const int count = fail_each_allocation([&] { return poller.add(high, 1, PLX_READABLE); },
                                               [&] {
                                                   CHECK(poller.count() == 0);
                                                   CHECK(poller.remove(high) == -ENOENT);
                                                   CHECK(poller.wait(0).rc == 0);
                                               });
        CHECK(count >= 1);
        expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    }
    CHECK(faults::live_allocations() == live);
}

TEST_CASE("modify without memory is ENOMEM and the old registration holds") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair paused = make_socket_pair();
    const Fd high = at_high_number(paused.ours);
    const Pair armed = make_socket_pair();
    send_byte(paused.theirs);
    send_byte(armed.theirs);
    REQUIRE(poller.add(high, 1, 0) == 0);
    REQUIRE(poller.add(armed.ours, 2, PLX_READABLE) == 0);
    const auto unchanged = [&] {
        CHECK(poller.count() == 2);
        expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    };
    fail_each_allocation([&] { return poller.modify(high, 3, PLX_READABLE); }, unchanged);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}, {3, PLX_READABLE}});
}

TEST_CASE("wait without memory is ENOMEM and loses no event") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    std::vector<Pair> pairs;
    for (uint64_t i = 0; i < 40; ++i) {
        pairs.push_back(make_socket_pair());
        REQUIRE(poller.add(pairs[i].ours, i, PLX_READABLE | PLX_ONESHOT) == 0);
        send_byte(pairs[i].theirs);
    }
    REQUIRE(poller.wake() == 0);
    plx_event events[64];
    int rc = 0;
    fail_each_allocation([&] { return rc = plx_poller_wait(poller.get(), events, 64, 0); },
                         [&] { CHECK(poller.count() == 40); });
    CHECK(rc == 41);
}

TEST_CASE("a further waiter without memory is told, and the first waits on") {
    FOR_EACH_BACKEND(backend);
    const auto before = open_fds();
    const int64_t live = faults::live_allocations();
    {
        const Poller poller(backend);
        const Watchdog watchdog;
        Batch first;
        Thread waiter([&] { first = poller.wait(-1); });
        let_others_block();
        plx_event event;
        fail_each_allocation([&] { return plx_poller_wait(poller.get(), &event, 1, 0); },
                             [&] { CHECK(poller.count() == 0); });
        REQUIRE(poller.wake() == 0);
        waiter.join();
        CHECK(first.woken());
    }
    CHECK(open_fds() == before);
    CHECK(faults::live_allocations() == live);
}

TEST_CASE("a cleaning of the kernel's set without memory is told, and loses nothing") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair old = make_socket_pair();
    const Fd kept = duplicate(old.ours);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(old.ours, 9, PLX_READABLE) == 0);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(old.theirs);
    const int number = old.ours.close();
    REQUIRE(poller.remove(number) == 0);
    plx_event event;
    const auto before = open_fds();
    fail_each_allocation([&] { return plx_poller_wait(poller.get(), &event, 1, 0); },
                         [&] { CHECK(open_fds() == before); });
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("after_fork without memory is ENOMEM, and can be repeated") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    const Fd high = at_high_number(pair.ours);
    REQUIRE(poller.add(high, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    const int status = run_in_child([&] {
        const auto before = open_fds();
        const int64_t live = faults::live_allocations();
        for (int n = 0;; ++n) {
            const Fault fault(Call::kAllocate, ENOMEM, n);
            const int rc = poller.after_fork();
            if (!fault.has_struck()) {
                CHILD_REQUIRE(rc == 0);
                CHILD_REQUIRE(n >= 1);
                break;
            }
            CHILD_REQUIRE(rc == -ENOMEM);
            CHILD_REQUIRE(open_fds() == before);
            CHILD_REQUIRE(faults::live_allocations() == live);
            CHILD_REQUIRE(poller.wait(0).rc == -EINVAL);
        }
        CHILD_REQUIRE(poller.wait(kHang).has(1));
        return kChildOk;
    });
    CHECK(status == kChildOk);
}

TEST_CASE("a whole life leaves no allocation and no descriptor behind") {
    FOR_EACH_BACKEND(backend);
    const auto before = open_fds();
    const int64_t live = faults::live_allocations();
    {
        const Poller poller(backend);
        Pair pair = make_socket_pair();
        const Fd high = at_high_number(pair.ours);
        REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
        REQUIRE(poller.add(high, 2, PLX_READABLE | PLX_ONESHOT) == 0);
        send_byte(pair.theirs);
        REQUIRE(poller.wait(kHang).rc == 2);
        poller.fd();
        const int number = pair.ours.close();
        REQUIRE(poller.remove(number) == 0);
        CHECK(poller.is_silent());
        CHECK(faults::live_allocations() > live);
    }
    CHECK(open_fds() == before);
    CHECK(faults::live_allocations() == live);
}
