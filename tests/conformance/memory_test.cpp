// SPDX-License-Identifier: MIT
// Contract 11, as far as descriptors tell: nothing leaks, everything is close-on-exec, and a lack
// of descriptors is an answer. Allocations are counted where the linker can interpose them.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

#include <climits>

using namespace support;

namespace {

// No assertion: also while descriptors are short.
int try_create(uint32_t backend) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    options.backend = backend;
    plx_poller* poller = nullptr;
    const int rc = plx_poller_create(&poller, &options);
    if ((rc == 0) != (poller != nullptr)) return INT_MIN;
    plx_poller_destroy(poller);
    return rc;
}

}  // namespace

TEST_CASE("a destroyed poller leaves no descriptor behind") {
    FOR_EACH_BACKEND(backend);
    const auto before = open_fds();
    for (int round = 0; round < 10; ++round) {
        const Poller poller(backend);
        const Pair pair = make_socket_pair();
        REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
        REQUIRE(poller.wake() == 0);
        poller.fd();
        std::vector<Thread> waiters;
        for (int i = 0; i < 3; ++i)
            waiters.emplace_back([&] { poller.wait(kMillisecond); });
    }
    CHECK(open_fds() == before);
}

TEST_CASE("every descriptor that the library opens is close-on-exec") {
    FOR_EACH_BACKEND(backend);
    const auto before = open_fds();
    const Poller poller(backend);
    poller.fd();
    Pair pair = make_socket_pair();
    const Fd kept = duplicate(pair.ours);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    const int number = pair.ours.close();
    REQUIRE(poller.remove(number) == 0);
    {
        std::vector<Thread> waiters;
        for (int i = 0; i < 3; ++i) {
            waiters.emplace_back([&] { poller.wait(20 * kMillisecond); });
        }
    }
    for (const int fd : open_fds()) {
        if (std::find(before.begin(), before.end(), fd) != before.end()) continue;
        INFO("fd " << fd);
        CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    }
}

TEST_CASE("a create without descriptors is EMFILE, whichever it lacks, and leaks none") {
    FOR_EACH_BACKEND(backend);
    const auto before = open_fds();
    int lacking = 0;
    for (;; ++lacking) {
        const int rc = with_spare_fds(lacking, [&] { return try_create(backend); });
        CHECK(open_fds() == before);
        if (rc == 0) break;
        CHECK(rc == -EMFILE);
        REQUIRE(lacking < 10);
    }
    CHECK(lacking > 0);
}

TEST_CASE("AUTO gives EMFILE and does not go on to a backend that needs fewer descriptors") {
    const int rc = with_spare_fds(0, [] { return try_create(PLX_BACKEND_AUTO); });
    CHECK(rc == -EMFILE);
}

TEST_CASE("a backend that only lacks descriptors at this moment is listed") {
    const auto before = available_backends();
    const auto listed = with_spare_fds(0, [] { return available_backends(); });
    CHECK(listed == before);
}

TEST_CASE("registering and one thread's waits need no further descriptor") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    std::vector<Pair> pairs;
    for (int i = 0; i < 20; ++i) {
        pairs.push_back(make_socket_pair());
        send_byte(pairs.back().theirs);
    }
    int failures = 0;
    const Batch all = with_spare_fds(0, [&] {
        for (uint64_t i = 0; i < 20; ++i) {
            failures += poller.add(pairs[i].ours, i, PLX_READABLE) != 0;
        }
        return poller.wait(kHang);
    });
    const Batch woken = with_spare_fds(0, [&] {
        for (const Pair& pair : pairs)
            failures += poller.modify(pair.ours, 1, 0) != 0;
        failures += poller.wake() != 0;
        return poller.wait(kHang);
    });
    const Batch none = with_spare_fds(0, [&] {
        for (const Pair& pair : pairs)
            failures += poller.remove(pair.ours) != 0;
        return poller.wait(0);
    });
    CHECK(failures == 0);
    CHECK(all.rc == 20);
    CHECK(woken.woken());
    CHECK(none.rc == 0);
}

TEST_CASE("plx_poller_fd without descriptors is EMFILE, and works later") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    const Poller poller(backend);
    const auto before = open_fds();
    const int rc = with_spare_fds(0, [&] { return poller.fd(); });
    // The descriptor may also be there from the start.
    CHECK((rc >= 0 || rc == -EMFILE));
    if (rc < 0) CHECK(open_fds() == before);
    CHECK(poller.fd() >= 0);
}

TEST_CASE("a further waiter without descriptors is served or told, and disturbs nobody") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Watchdog watchdog;
    Batch batch;
    Thread waiter([&] { batch = poller.wait(-1); });
    let_others_block();
    const int rc = with_spare_fds(0, [&] { return poller.wait(kMoment).rc; });
    CHECK((rc == 0 || rc == -EMFILE));
    CHECK(poller.wait(kMoment).rc == 0);
    REQUIRE(poller.wake() == 0);
    waiter.join();
    CHECK(batch.woken());
}

TEST_CASE("a cleaning of the kernel's set without descriptors is told, and no event is lost") {
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
    const int rc = with_spare_fds(0, [&] { return poller.wait(kMoment).rc; });
    CHECK((rc == 0 || rc == -EMFILE));
    send_byte(pair.theirs);
    const Batch batch = with_spare_fds(0, [&] { return poller.wait(kHang); });
    expect_events(batch, {{1, PLX_READABLE}});
    drain(pair.ours);
    CHECK(poller.is_silent());
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}
