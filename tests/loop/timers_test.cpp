// SPDX-License-Identifier: MIT
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/signals.hpp"
#include "support/threads.hpp"

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

TEST_CASE("a timer that its own callback sets again fires again at its new time") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    std::vector<int64_t> times;
    loop.timer(0, 0, [&](plx_handle own) {
        times.push_back(plx_loop_now(loop.get()));
        if (times.size() < 3) CHECK(plx_timer_set(loop.get(), own, kMillisecond, 0) == 0);
    });
    CHECK(loop.run() == 0);
    REQUIRE(times.size() == 3);
    CHECK(times[1] >= times[0] + kMillisecond);
    CHECK(times[2] >= times[1] + kMillisecond);
}

TEST_CASE("a timer that is due and is set to later by another one's callback fires later only") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    plx_handle second = 0;
    int fired = 0;
    loop.timer(0, 0,
               [&](plx_handle) { CHECK(plx_timer_set(loop.get(), second, kMillisecond, 0) == 0); });
    second = loop.timer(0, 0, [&](plx_handle) { ++fired; });
    loop.run_once();
    CHECK(fired == 0);
    CHECK(loop.run() == 0);
    CHECK(fired == 1);
}

TEST_CASE("a periodic timer does not drift, and leaves out the periods that went by") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const int64_t start = plx_loop_now(loop.get());
    constexpr int64_t kPeriod = 2 * kMillisecond;
    int fired = 0;
    loop.timer(kPeriod, kPeriod, [&](plx_handle own) {
        int64_t next = 0;
        CHECK(plx_loop_next_deadline(loop.get(), &next) == 0);
        CHECK((next - start) % kPeriod == 0);
        CHECK(next > plx_loop_now(loop.get()));
        CHECK(next <= plx_loop_now(loop.get()) + kPeriod);
        sleep_for_ms(fired == 1 ? 7 : 1);
        if (++fired == 4) loop.close(own);
    });
    CHECK(loop.run() == 0);
    CHECK(fired == 4);
}

TEST_CASE("a period shorter than its callback does not keep posts and I/O from running") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    std::string told;
    loop.timer(0, 1, [](plx_handle) { sleep_for_ms(1); });
    loop.io(pair.ours, PLX_WRITABLE, [&](plx_handle own, uint32_t) {
        told += 'i';
        loop.close(own);
        loop.stop();
    });
    loop.post([&] { told += 'p'; });
    CHECK(loop.run() == 1);
    CHECK(told == "pi");
}

TEST_CASE("the loop's time stands still while callbacks run, unless it is updated") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const int64_t created = plx_loop_now(loop.get());
    CHECK(created > 0);
    loop.timer(0, 0, [&](plx_handle) {
        const int64_t now = plx_loop_now(loop.get());
        CHECK(now >= created);
        sleep_for_ms(2);
        CHECK(plx_loop_now(loop.get()) == now);
        const int64_t updated = plx_loop_update_now(loop.get());
        CHECK(updated >= now + 2 * kMillisecond);
        CHECK(plx_loop_now(loop.get()) == updated);
    });
    CHECK(loop.run() == 0);
}

TEST_CASE("signals that nobody watches neither end a run nor make a timer early") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const RepeatedAlarm alarm([](int) {}, 5);
    const Stopwatch watch;
    plx_loop_update_now(loop.get());
    loop.timer(3 * kMoment, 0, [](plx_handle) {});
    CHECK(loop.run() == 0);
    CHECK(watch.elapsed() >= 3 * kMoment);
    CHECK(loop.stats().timers_fired == 1);
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

TEST_CASE("a million timers fire once each and in order") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    constexpr int kTimers = 1'000'000;
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
