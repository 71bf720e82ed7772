// SPDX-License-Identifier: MIT
// Contract 7: wakes are coalesced and never lost.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/signals.hpp"
#include "support/threads.hpp"

#include <atomic>

using namespace support;

namespace {

plx_poller* woken_by_signal = nullptr;
volatile sig_atomic_t errno_kept = 1;

extern "C" void wake_from_handler(int) {
    const int interrupted = errno;
    errno = 12345;
    plx_poller_wake(woken_by_signal);
    if (errno != 12345) errno_kept = 0;
    errno = interrupted;
}

}  // namespace

TEST_CASE("a wake with no waiter ends the next wait, which reports it as an event of its own") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    REQUIRE(poller.wake() == 0);
    const int64_t timeout = GENERATE(int64_t{0}, kHang, int64_t{-1});
    const Watchdog watchdog;
    const Batch batch = poller.wait(timeout);
    INFO(describe(batch));
    REQUIRE(batch.rc == 1);
    CHECK(batch.events[0].events == PLX_WOKEN);
    CHECK(batch.events[0].fd == -1);
    CHECK(batch.events[0].token == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("wakes that come before a wait count as one") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 1000; ++i)
            REQUIRE(poller.wake() == 0);
        const Batch batch = poller.wait(kHang);
        REQUIRE(batch.rc == 1);
        CHECK(batch.woken());
        CHECK(poller.is_silent());
    }
}

TEST_CASE("a wake ends a wait in progress") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const int64_t timeout = GENERATE(int64_t{-1}, kHang);
    const Watchdog watchdog;
    Batch batch;
    Thread waiter([&] { batch = poller.wait(timeout); });
    let_others_block();
    REQUIRE(poller.wake() == 0);
    waiter.join();
    CHECK(batch.rc == 1);
    CHECK(batch.woken());
}

TEST_CASE("no wake is lost: each one is reported when the next comes after the report") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Watchdog watchdog;
    constexpr int kRounds = 2000;
    std::atomic<int> reported = 0;
    Thread waiter([&] {
        while (reported < kRounds) {
            if (poller.wait(-1).woken()) ++reported;
        }
    });
    for (int round = 0; round < kRounds; ++round) {
        while (reported < round)
            std::this_thread::yield();
        REQUIRE(poller.wake() == 0);
    }
    waiter.join();
    CHECK(reported == kRounds);
    CHECK(poller.is_silent());
}

TEST_CASE("a wake ends exactly one of several waits") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Watchdog watchdog;
    constexpr int kWaiters = 4;
    std::atomic<int> ended = 0;
    std::atomic<int> wrong = 0;
    std::vector<Thread> waiters;
    for (int i = 0; i < kWaiters; ++i) {
        waiters.emplace_back([&] {
            const Batch batch = poller.wait(-1);
            wrong += batch.rc != 1 || !batch.woken();
            ++ended;
        });
    }
    let_others_block();
    for (int expected = 1; expected <= kWaiters; ++expected) {
        REQUIRE(poller.wake() == 0);
        while (ended < expected)
            std::this_thread::yield();
        sleep_for_ms(10);
        CHECK(ended == expected);
    }
    waiters.clear();
    CHECK(wrong == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("a wake comes beside other events or in a later wait, but it comes") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    REQUIRE(poller.wake() == 0);
    const int capacity = GENERATE(1, 2, 64);
    int woken = 0;
    for (int round = 0; round < 10; ++round)
        woken += poller.wait(0, capacity).woken();
    CHECK(woken == 1);
}

TEST_CASE("waking is usable in a signal handler and leaves errno alone") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Watchdog watchdog;
    woken_by_signal = poller.get();
    int woken = 0;
    {
        const RepeatedAlarm alarm(wake_from_handler, 5);
        while (woken < 20) {
            const Batch batch = poller.wait(-1);
            const bool fine = batch.rc == -EINTR || (batch.rc == 1 && batch.woken());
            if (!fine) FAIL(describe(batch));
            woken += batch.woken();
        }
    }
    CHECK(errno_kept == 1);
}

TEST_CASE("0 from a wait means the timeout only: never a wake, never a change") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    std::atomic<bool> stop = false;
    Thread other([&] {
        while (!stop) {
            poller.add(pair.ours, 1, PLX_READABLE);
            poller.wake();
            poller.remove(pair.ours);
            std::this_thread::yield();
        }
    });
    int early = 0;
    for (int round = 0; round < 200; ++round) {
        const Stopwatch watch;
        const Batch batch = poller.wait(5 * kMillisecond);
        early += batch.rc == 0 && watch.elapsed() < 5 * kMillisecond;
        CHECK(batch.rc >= 0);
    }
    stop = true;
    other.join();
    CHECK(early == 0);
}
