// SPDX-License-Identifier: MIT
#include "support/fds.hpp"
#include "support/loop.hpp"

#include <cerrno>
#include <string>
#include <vector>

using namespace support;

TEST_CASE("a timer never fires early") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int fired = 0;
    for (const int64_t delay : {int64_t{0}, int64_t{1}, int64_t{999'999}, 3 * kMillisecond + 1}) {
        const int64_t start = plx_loop_update_now(loop.get());
        loop.timer(delay, 0, [&, start, delay](plx_handle own) {
            ++fired;
            CHECK(plx_loop_now(loop.get()) >= start + delay);
            loop.close(own);
        });
    }
    CHECK(loop.run() == 0);
    CHECK(fired == 4);
}

TEST_CASE("timers that are due run by deadline and then in the order they were started") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    std::string order;
    loop.timer(3000, 0, [&](plx_handle) { order += 'd'; });
    loop.timer(2000, 0, [&](plx_handle) { order += 'b'; });
    loop.timer(2000, 0, [&](plx_handle) { order += 'c'; });
    loop.timer(1000, 0, [&](plx_handle) { order += 'a'; });
    CHECK(loop.run() == 0);
    CHECK(order == "abcd");
}

TEST_CASE("a timer that has fired stays, is not active, and can be set again") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int fired = 0;
    const plx_handle timer = loop.timer(0, 0, [&](plx_handle) { ++fired; });
    CHECK(loop.run() == 0);
    CHECK(loop.stats().timer_handles == 1);
    CHECK(loop.stats().active_timers == 0);
    REQUIRE(plx_timer_set(loop.get(), timer, 0, 0) == 0);
    CHECK(loop.run() == 0);
    CHECK(fired == 2);
    CHECK(loop.close(timer) == 0);
    CHECK(plx_timer_set(loop.get(), timer, 0, 0) == -ENOENT);
}

TEST_CASE("a periodic timer fires until it is closed from its own callback") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int fired = 0;
    loop.timer(0, 100'000, [&](plx_handle own) {
        if (++fired == 5) CHECK(loop.close(own) == 0);
    });
    CHECK(loop.run() == 0);
    CHECK(fired == 5);
}

TEST_CASE("a negative delay stops a timer until it is set again") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int fired = 0;
    const plx_handle timer = loop.timer(0, 0, [&](plx_handle) { ++fired; });
    REQUIRE(plx_timer_set(loop.get(), timer, -1, 0) == 0);
    CHECK(loop.run() == 0);
    CHECK(fired == 0);
    REQUIRE(plx_timer_set(loop.get(), timer, 0, 0) == 0);
    CHECK(loop.run() == 0);
    CHECK(fired == 1);
}

TEST_CASE("a timer started by a callback with no delay runs in the next iteration") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int second = 0;
    loop.timer(0, 0, [&](plx_handle) { loop.timer(0, 0, [&](plx_handle) { ++second; }); });
    loop.run_once();
    CHECK(second == 0);
    loop.run_once();
    CHECK(second == 1);
}

TEST_CASE("bad times are refused and huge ones are kept") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    plx_handle handle = 0;
    const auto nothing = [](plx_loop*, plx_handle, void*) {};
    CHECK(plx_timer_start(loop.get(), &handle, -1, 0, nothing, nullptr) == -EINVAL);
    CHECK(plx_timer_start(loop.get(), &handle, 0, -1, nothing, nullptr) == -EINVAL);
    CHECK(plx_timer_start(loop.get(), &handle, 0, 0, nullptr, nullptr) == -EINVAL);
    CHECK(plx_timer_start(loop.get(), nullptr, 0, 0, nothing, nullptr) == -EINVAL);
    REQUIRE(plx_timer_start(loop.get(), &handle, INT64_MAX, INT64_MAX, nothing, nullptr) == 0);
    CHECK(plx_timer_set(loop.get(), handle, 0, -1) == -EINVAL);
    CHECK(loop.run_nowait() == 1);
    int64_t deadline = 0;
    CHECK(plx_loop_next_deadline(loop.get(), &deadline) == 0);
    CHECK(deadline > plx_loop_now(loop.get()));
}

TEST_CASE("a hundred thousand timers fire once each and in order") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    constexpr int kTimers = 100'000;
    struct Seen {
        int64_t last = 0;
        int count = 0;
        bool in_order = true;
    } seen;
    struct Timer {
        Seen* seen;
        int64_t deadline;
    };
    std::vector<Timer> timers(kTimers);
    for (int i = 0; i < kTimers; ++i) {
        const int64_t delay = int64_t{i} * 7919 % (20 * kMillisecond);
        Timer& timer = timers[static_cast<size_t>(i)];
        timer = {&seen, plx_loop_now(loop.get()) + delay};
        plx_handle handle = 0;
        REQUIRE(plx_timer_start(
                    loop.get(), &handle, delay, 0,
                    [](plx_loop* own, plx_handle fired, void* user) {
                        auto* own_timer = static_cast<Timer*>(user);
                        own_timer->seen->in_order &= own_timer->deadline >= own_timer->seen->last;
                        own_timer->seen->last = own_timer->deadline;
                        ++own_timer->seen->count;
                        plx_close(own, fired);
                    },
                    &timer) == 0);
    }
    CHECK(loop.run() == 0);
    CHECK(seen.count == kTimers);
    CHECK(seen.in_order);
}
