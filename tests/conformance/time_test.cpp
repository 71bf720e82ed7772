// SPDX-License-Identifier: MIT
// Contract 8: waits never end early; long, endless and interrupted ones. Nothing here asserts that
// a wait is punctual: the machine may be busy.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/signals.hpp"
#include "support/threads.hpp"

#include <atomic>
#include <climits>

using namespace support;

namespace {

extern "C" void do_nothing(int) {}

}  // namespace

TEST_CASE("a wait never ends early, be the timeout below, at or beside a millisecond") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    for (const int64_t timeout : {1, 999, 1'000, 50'000, 300'000, 999'999, 1'000'000, 1'000'001,
                                  1'500'000, 1'999'999, 10'000'000, 33'333'333}) {
        INFO("timeout " << timeout);
        for (int round = 0; round < 5; ++round) {
            const Stopwatch watch;
            const int rc = poller.wait(timeout).rc;
            const int64_t elapsed = watch.elapsed();
            CHECK(rc == 0);
            CHECK(elapsed >= timeout);
        }
    }
}

TEST_CASE("a timeout over a second is waited for in full") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Stopwatch watch;
    CHECK(poller.wait(kSecond + 50 * kMillisecond).rc == 0);
    CHECK(watch.elapsed() >= kSecond + 50 * kMillisecond);
}

TEST_CASE("a timeout of 0 does not block") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Stopwatch watch;
    for (int round = 0; round < 100; ++round)
        CHECK(poller.wait(0).rc == 0);
    CHECK(watch.elapsed() < kHang);
}

TEST_CASE("negative timeouts are for ever, and huge ones do not overflow") {
    FOR_EACH_BACKEND(backend);
    const int64_t timeout =
        GENERATE(int64_t{-1}, int64_t{-2}, INT64_MIN, INT64_MAX, INT64_MAX - 1, INT64_MAX - 999'999,
                 INT32_MAX * kMillisecond, INT32_MAX * kMillisecond + 1,
                 (int64_t{INT32_MAX} + 1) * kMillisecond, int64_t{UINT32_MAX} * kMillisecond,
                 int64_t{INT32_MAX} * kSecond, (int64_t{INT32_MAX} + 1) * kSecond);
    INFO("timeout " << timeout);
    const Watchdog watchdog;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    ssize_t sent = 0;
    Thread sender([&] {
        sleep_for_ms(30);
        sent = write(pair.theirs, "x", 1);
    });
    const Batch batch = poller.wait(timeout);
    sender.join();
    CHECK(sent == 1);
    expect_events(batch, {{1, PLX_READABLE}});
}

TEST_CASE("a signal ends a wait with EINTR, with and without a timeout") {
    FOR_EACH_BACKEND(backend);
    const int64_t timeout = GENERATE(int64_t{-1}, kHang, INT64_MAX);
    const Watchdog watchdog;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    {
        const RepeatedAlarm alarm(do_nothing);
        CHECK(poller.wait(timeout).rc == -EINTR);
        CHECK(poller.wait(timeout).rc == -EINTR);
    }
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("an interrupted wait loses neither an event nor a wake") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, 0) == 0);
    constexpr int kRounds = 200;
    std::atomic<int> seen = 0;
    Thread other([&] {
        for (int round = 0; round < kRounds; ++round) {
            if (round % 2 == 0) poller.wake();
            if (round % 2 == 1) poller.modify(pair.ours, 1, PLX_WRITABLE | PLX_ONESHOT);
            while (seen == round)
                sleep_for_ms(0);
        }
    });
    int interrupted = 0;
    {
        const RepeatedAlarm alarm(do_nothing, 1);
        while (seen < kRounds || interrupted == 0) {
            const Batch batch = poller.wait(-1);
            interrupted += batch.rc == -EINTR;
            if (batch.rc < 0 && batch.rc != -EINTR) FAIL(describe(batch));
            if (batch.rc > 0) ++seen;
        }
    }
    other.join();
    CHECK(seen == kRounds);
    CHECK(poller.is_silent());
}
