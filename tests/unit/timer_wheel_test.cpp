// SPDX-License-Identifier: MIT
#include "loop/timer_wheel.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

using pollux::HandleTable;
using pollux::TimerWheel;

namespace {

constexpr int64_t kStart = 123'456'789'012'345;

// The wheel with handles, driven by a clock that the test turns.
struct Timers {
    HandleTable handles;
    TimerWheel wheel{handles, kStart};

    plx_handle start(int64_t deadline, int64_t period = 0) {
        pollux::Slot& slot = *handles.open(PLX_KIND_TIMER, nullptr);
        slot.timer.period = period;
        REQUIRE(wheel.set(slot, deadline) == 0);
        return slot.handle;
    }
    int set(plx_handle handle, int64_t deadline) {
        return wheel.set(*handles.find(handle), deadline);
    }
    void stop(plx_handle handle) { wheel.stop(*handles.find(handle)); }
    void close(plx_handle handle) { wheel.close(*handles.find(handle)); }
    std::vector<plx_handle> fire(int64_t now) {
        REQUIRE(wheel.gather(now) == 0);
        std::vector<plx_handle> fired;
        for (;;) {
            const pollux::Slot* slot = wheel.take_due(now);
            if (slot == nullptr) return fired;
            fired.push_back(slot->handle);
        }
    }
};

using Handles = std::vector<plx_handle>;

}  // namespace

TEST_CASE("a timer is not due a nanosecond before its deadline, and due at it") {
    Timers timers;
    const int64_t deadline = kStart + 1'000'003;
    const plx_handle timer = timers.start(deadline);
    CHECK(timers.fire(deadline - 1).empty());
    CHECK(timers.wheel.next_deadline(deadline - 1) == deadline);
    CHECK(timers.fire(deadline) == Handles{timer});
    CHECK(timers.wheel.next_deadline(deadline) == -1);
}

TEST_CASE("timers fire by deadline, and those of one deadline in the order they were set") {
    Timers timers;
    const plx_handle late = timers.start(kStart + 500);
    const plx_handle first = timers.start(kStart + 100);
    const plx_handle second = timers.start(kStart + 100);
    const plx_handle early = timers.start(kStart + 99);
    REQUIRE(timers.set(first, kStart + 100) == 0);
    CHECK(timers.fire(kStart + 1000) == Handles{early, second, first, late});
}

TEST_CASE("a timer that is set while others fire is not among them") {
    Timers timers;
    timers.start(kStart + 10);
    const plx_handle second = timers.start(kStart + 20);
    REQUIRE(timers.wheel.gather(kStart + 50) == 0);
    REQUIRE(timers.wheel.take_due(kStart + 50) != nullptr);
    REQUIRE(timers.set(second, kStart + 30) == 0);
    timers.start(kStart + 5);
    CHECK(timers.wheel.take_due(kStart + 50) == nullptr);
    CHECK(timers.fire(kStart + 50).size() == 2);
}

TEST_CASE("a closed or stopped timer does not fire, though it is due") {
    Timers timers;
    timers.start(kStart + 10);
    const plx_handle closed = timers.start(kStart + 20);
    const plx_handle stopped = timers.start(kStart + 30);
    REQUIRE(timers.wheel.gather(kStart + 50) == 0);
    REQUIRE(timers.wheel.take_due(kStart + 50) != nullptr);
    timers.close(closed);
    timers.stop(stopped);
    CHECK(timers.wheel.take_due(kStart + 50) == nullptr);
    CHECK(timers.fire(kStart + 100).empty());
    REQUIRE(timers.set(stopped, kStart + 110) == 0);
    CHECK(timers.fire(kStart + 110) == Handles{stopped});
}

TEST_CASE("a period neither drifts nor makes up for what went by") {
    Timers timers;
    const plx_handle timer = timers.start(kStart + 100, 100);
    CHECK(timers.fire(kStart + 130) == Handles{timer});
    CHECK(timers.wheel.next_deadline(kStart + 130) == kStart + 200);
    CHECK(timers.fire(kStart + 755) == Handles{timer});
    CHECK(timers.wheel.next_deadline(kStart + 755) == kStart + 800);
    CHECK(timers.fire(kStart + 799).empty());
    CHECK(timers.fire(kStart + 800) == Handles{timer});
}

TEST_CASE("deadlines at the end of time are kept and never reached") {
    Timers timers;
    timers.start(INT64_MAX);
    timers.start(INT64_MAX, INT64_MAX);
    const plx_handle near = timers.start(kStart + 1);
    CHECK(timers.fire(kStart + 1) == Handles{near});
    CHECK(timers.fire(kStart + INT64_C(1'000'000'000'000'000'000)).empty());
    CHECK(timers.wheel.next_deadline(kStart) > 0);
}

TEST_CASE("what is left of closed timers is swept away, and the others fire as before") {
    Timers timers;
    constexpr int64_t kNear = 1'000'000;
    constexpr int64_t kFar = 3'600'000'000'000;
    const plx_handle far = timers.start(kStart + kFar);
    const plx_handle near = timers.start(kStart + kNear);
    for (int64_t i = 0; i < 10'000; ++i) {
        const plx_handle early = timers.start(kStart + kNear + i);
        const plx_handle late = timers.start(kStart + kFar + i);
        timers.close(early);
        timers.close(late);
    }
    CHECK(timers.wheel.next_deadline(kStart) == kStart + kNear);
    CHECK(timers.fire(kStart + kNear) == Handles{near});
    CHECK(timers.wheel.next_deadline(kStart + kNear) > kStart + kNear);
    CHECK(timers.fire(kStart + kFar) == Handles{far});
    CHECK(timers.wheel.next_deadline(kStart + kFar) == -1);
}

TEST_CASE("a timer that is stopped or closed leaves no deadline to wake up for") {
    Timers timers;
    const plx_handle first = timers.start(kStart + 1'000'000);
    const plx_handle second = timers.start(kStart + 2'000'000'000);
    timers.start(kStart + 3'000'000'000);
    CHECK(timers.wheel.next_deadline(kStart) == kStart + 1'000'000);
    timers.close(first);
    CHECK(timers.wheel.next_deadline(kStart) == kStart + 2'000'000'000);
    timers.stop(second);
    CHECK(timers.wheel.next_deadline(kStart) == kStart + 3'000'000'000);
}

TEST_CASE("timers that are due and not taken yet make the next deadline 0, and keep their turn") {
    Timers timers;
    const plx_handle first = timers.start(kStart + 1'000);
    const plx_handle second = timers.start(kStart + 2'000);
    const plx_handle third = timers.start(kStart + 3'000);
    const int64_t now = kStart + 10'000;
    REQUIRE(timers.wheel.gather(now) == 0);
    CHECK(timers.wheel.take_due(now)->handle == first);
    CHECK(timers.wheel.next_deadline(now) == 0);
    CHECK(timers.fire(now) == Handles{second, third});
    CHECK(timers.wheel.next_deadline(now) == -1);
}

TEST_CASE("the wheel does what a sorted map does, whatever is set, stopped and closed") {
    const auto seed = GENERATE(uint32_t{1}, uint32_t{2}, uint32_t{3}, uint32_t{4}, uint32_t{5});
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t limit) { return static_cast<int64_t>(random() % limit); };

    Timers timers;
    std::map<std::pair<int64_t, uint64_t>, plx_handle> due;  // by deadline, then order
    std::map<plx_handle, std::pair<int64_t, uint64_t>> set;  // zero order: stopped
    uint64_t order = 0;
    int64_t now = kStart;
    const auto delay = [&] { return below(uint64_t{1} << (5 + below(38))); };
    const auto file = [&](plx_handle handle, int64_t deadline) {
        if (set[handle].second != 0) due.erase(set[handle]);
        set[handle] = {deadline, ++order};
        due[set[handle]] = handle;
    };
    for (int step = 0; step < 20'000; ++step) {
        const int64_t action = below(100);
        auto chosen = set.lower_bound(static_cast<plx_handle>(random() >> 20));
        if (chosen == set.end()) chosen = set.begin();
        const int64_t deadline = now + delay();
        if (action < 40 || set.empty()) {
            file(timers.start(deadline), deadline);
        } else if (action < 70) {
            REQUIRE(timers.set(chosen->first, deadline) == 0);
            file(chosen->first, deadline);
        } else if (action < 85) {
            timers.close(chosen->first);
            if (chosen->second.second != 0) due.erase(chosen->second);
            set.erase(chosen);
        } else if (action < 90) {
            timers.stop(chosen->first);
            if (chosen->second.second != 0) due.erase(chosen->second);
            chosen->second.second = 0;
        } else {
            now += delay() / 8;
            const int64_t next = timers.wheel.next_deadline(now);
            REQUIRE((due.empty() ? next == -1 : next <= due.begin()->first.first));
            Handles expected;
            while (!due.empty() && due.begin()->first.first <= now) {
                expected.push_back(due.begin()->second);
                set[due.begin()->second].second = 0;
                due.erase(due.begin());
            }
            REQUIRE(timers.fire(now) == expected);
        }
        REQUIRE(timers.handles.active_timers() == due.size());
    }
}
