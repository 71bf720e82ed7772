// SPDX-License-Identifier: MIT
// The wheel against the heap that the benchmarks hold it against: the figures are comparable only
// if both do the same.
#include "loop/timer_wheel.hpp"
#include "timers/four_ary_heap.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <random>
#include <vector>

using pollux::HandleTable;
using pollux::Slot;

namespace {

constexpr int64_t kStart = 123'456'789'012'345;

template <typename Queue>
struct Timers {
    HandleTable handles;
    Queue queue{handles, kStart};
    std::vector<plx_handle> started;

    void start(int64_t deadline) {
        Slot& slot = *handles.open(PLX_KIND_TIMER, nullptr);
        slot.timer.period = 0;
        REQUIRE(queue.set(slot, deadline) == 0);
        started.push_back(slot.handle);
    }
    void set(size_t i, int64_t deadline) {
        REQUIRE(queue.set(*handles.find(started[i]), deadline) == 0);
    }
    void stop(size_t i) { queue.stop(*handles.find(started[i])); }
    void close(size_t i) {
        queue.close(*handles.find(started[i]));
        started[i] = started.back();
        started.pop_back();
    }
    // By index: the handles differ from table to table.
    std::vector<uint32_t> fire(int64_t now) {
        REQUIRE(queue.gather(now) == 0);
        std::vector<uint32_t> fired;
        while (const Slot* slot = queue.take_due(now))
            fired.push_back(static_cast<uint32_t>(slot->handle));
        return fired;
    }
};

}  // namespace

TEST_CASE("the wheel and a four-ary heap fire the same timers in the same order") {
    const auto seed = GENERATE(uint32_t{1}, uint32_t{2}, uint32_t{3});
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t limit) { return static_cast<int64_t>(random() % limit); };
    Timers<pollux::TimerWheel> wheel;
    Timers<bench::FourAryHeap> heap;
    int64_t now = kStart;
    for (int step = 0; step < 100'000; ++step) {
        const int64_t action = below(100);
        const int64_t deadline = now + below(uint64_t{1} << (5 + below(35)));
        const size_t count = wheel.started.size();
        const auto i = count == 0 ? 0 : static_cast<size_t>(below(count));
        if (action < 30 || count == 0) {
            wheel.start(deadline);
            heap.start(deadline);
        } else if (action < 75) {
            wheel.set(i, deadline);
            heap.set(i, deadline);
        } else if (action < 80) {
            wheel.stop(i);
            heap.stop(i);
        } else if (action < 98) {
            wheel.close(i);
            heap.close(i);
        } else {
            now += below(uint64_t{1} << (5 + below(30)));
            REQUIRE(wheel.fire(now) == heap.fire(now));
        }
    }
    now += int64_t{1} << 41;
    CHECK(wheel.fire(now) == heap.fire(now));
    CHECK(wheel.handles.active_timers() == 0);
}

TEST_CASE("timers that are put off in turn fire when they were put off to, not before") {
    // Each turn puts off the timer that is due next. The deadline may be told too early, never
    // too late.
    Timers<pollux::TimerWheel> wheel;
    constexpr size_t kClients = 20'000;
    constexpr int64_t kTimeout = 60'000'000'000;
    int64_t now = kStart;
    for (size_t i = 0; i < kClients; ++i)
        wheel.start(now + kTimeout);
    for (size_t turn = 0; turn < 5 * kClients; ++turn) {
        now += 100'000;
        REQUIRE(wheel.fire(now).empty());
        wheel.set(turn % kClients, now + kTimeout);
        REQUIRE(wheel.queue.next_deadline(now) > now);
        REQUIRE(wheel.queue.next_deadline(now) <= now + kTimeout);
    }
    CHECK(wheel.fire(now + kTimeout).size() == kClients);
}
