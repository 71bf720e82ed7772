// SPDX-License-Identifier: MIT
// A loop within another one, which waits for its descriptor and its next deadline.
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/threads.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace support;

namespace {

int64_t next_deadline(const Loop& loop) {
    int64_t deadline = 0;
    REQUIRE(plx_loop_next_deadline(loop.get(), &deadline) == 0);
    return deadline;
}

// In milliseconds, for poll(2).
int timeout_until(int64_t deadline) {
    if (deadline < 0) return -1;
    const int64_t left = deadline - nanoseconds_on(CLOCK_MONOTONIC);
    return left <= 0 ? 0 : static_cast<int>((left + kMillisecond - 1) / kMillisecond);
}

// The program's own loop: it knows nothing of what runs in the other one.
void host(const Loop& loop, const bool& is_done) {
    loop.run_nowait();
    while (!is_done) {
        pollfd own = {plx_loop_fd(loop.get()), POLLIN, 0};
        poll(&own, 1, timeout_until(next_deadline(loop)));
        loop.run_nowait();
    }
}

bool is_readable(const Loop& loop) {
    pollfd own = {plx_loop_fd(loop.get()), POLLIN, 0};
    return poll(&own, 1, 0) == 1;
}

}  // namespace

TEST_CASE("the loop's descriptor and next deadline embed it in another loop") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) {
        Loop loop(backend);
        CHECK(plx_loop_fd(loop.get()) == -ENOTSUP);
        return;
    }
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int events = 0;
    int fired = 0;
    loop.io(pair.ours, PLX_READABLE, [&](plx_handle own, uint32_t) {
        ++events;
        loop.close(own);
    });
    int64_t deadline = 0;
    REQUIRE(plx_loop_next_deadline(loop.get(), &deadline) == 0);
    CHECK(deadline == -1);
    loop.timer(kMoment, 0, [&](plx_handle) { ++fired; });
    REQUIRE(plx_loop_next_deadline(loop.get(), &deadline) == 0);
    CHECK(deadline == plx_loop_now(loop.get()) + kMoment);
    loop.run_nowait();
    pollfd outer = {plx_loop_fd(loop.get()), POLLIN, 0};
    REQUIRE(outer.fd >= 0);
    CHECK(poll(&outer, 1, 0) == 0);
    send_byte(pair.theirs);
    CHECK(poll(&outer, 1, 10'000) == 1);
    loop.run_nowait();
    CHECK(events == 1);
    CHECK(poll(&outer, 1, 25) == 0);
    CHECK(loop.run_nowait() == 0);
    CHECK(fired == 1);
}

TEST_CASE("a loop with nothing to do has no deadline, and unreferenced timers count") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    CHECK(next_deadline(loop) == -1);
    const plx_handle timer = loop.timer(kHang, 0, [](plx_handle) {});
    const int64_t deadline = plx_loop_now(loop.get()) + kHang;
    CHECK(next_deadline(loop) == deadline);
    REQUIRE(plx_unref(loop.get(), timer) == 0);
    CHECK(next_deadline(loop) == deadline);
    REQUIRE(plx_timer_set(loop.get(), timer, -1, 0) == 0);
    CHECK(next_deadline(loop) == -1);
}

TEST_CASE("what is to be done already makes the next deadline 0") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    const plx_handle handle = loop.io(pair.ours, PLX_READABLE, [](plx_handle, uint32_t) {});
    loop.signal(SIGUSR1, [](plx_handle, int) {});
    CHECK(next_deadline(loop) == -1);
    loop.post([] {});
    CHECK(next_deadline(loop) == 0);
    loop.run_nowait();
    CHECK(next_deadline(loop) == -1);
    REQUIRE(raise(SIGUSR1) == 0);
    CHECK(next_deadline(loop) == 0);
    loop.run_nowait();
    CHECK(next_deadline(loop) == -1);
    REQUIRE(loop.stop() == 0);
    CHECK(next_deadline(loop) == 0);
    loop.run_nowait();
    CHECK(next_deadline(loop) == -1);
    // It is for the loop to tell the kernel.
    REQUIRE(plx_io_set(loop.get(), handle, PLX_WRITABLE) == 0);
    CHECK(next_deadline(loop) == 0);
    loop.run_nowait();
    CHECK(next_deadline(loop) == -1);
}

TEST_CASE("the loop's descriptor is readable when a callback has posted, each time it has") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    Loop loop(backend);
    int told = 0;
    for (int round = 1; round <= 3; ++round) {
        loop.post([&] { loop.post([&] { ++told; }); });
        loop.run_nowait();
        CHECK(told == round - 1);
        CHECK(is_readable(loop));
        loop.run_nowait();
        CHECK(told == round);
        CHECK_FALSE(is_readable(loop));
    }
}

TEST_CASE("the loop's descriptor is readable when a post or a signal is pending") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    Loop loop(backend);
    int told = 0;
    loop.signal(SIGUSR1, [&](plx_handle, int) { ++told; });
    loop.run_nowait();
    CHECK_FALSE(is_readable(loop));
    loop.post([&] { ++told; });
    CHECK(is_readable(loop));
    loop.run_nowait();
    CHECK_FALSE(is_readable(loop));
    REQUIRE(raise(SIGUSR1) == 0);
    CHECK(is_readable(loop));
    loop.run_nowait();
    CHECK_FALSE(is_readable(loop));
    CHECK(told == 2);
}

TEST_CASE("a loop within poll(2) misses no I/O, change of interest, timer or post") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    const Watchdog watchdog;
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    std::string told;
    bool is_done = false;
    std::atomic<bool> has_fired = false;
    loop.io(pair.ours, PLX_READABLE, [&](plx_handle own, uint32_t what) {
        if ((what & PLX_READABLE) != 0) {
            told += 'r';
            drain(pair.ours);
            CHECK(plx_io_set(loop.get(), own, PLX_WRITABLE) == 0);
        } else {
            told += 'w';
            CHECK(plx_io_set(loop.get(), own, PLX_READABLE) == 0);
            loop.timer(kMillisecond, 0, [&](plx_handle) {
                told += 't';
                has_fired = true;
            });
        }
    });
    struct Post {
        std::string& told;
        bool& is_done;
    } post{told, is_done};
    const Thread other([&] {
        if (write(pair.theirs, "x", 1) != 1) std::abort();
        while (!has_fired)
            sleep_for_ms(1);
        const auto last = [](plx_loop*, void* user) {
            auto* own = static_cast<Post*>(user);
            own->told += 'p';
            own->is_done = true;
        };
        if (plx_post(loop.get(), last, &post) != 0) std::abort();
    });
    host(loop, is_done);
    CHECK(told == "rwtp");
}
