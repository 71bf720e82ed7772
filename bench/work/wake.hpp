// SPDX-License-Identifier: MIT
// From one thread into the wait of another, with nothing but that. The type has
//
//     wake()        any thread
//     wait()        until it was woken; once for several wakes, at least
//
//     trip          nanoseconds from one thread to the other and back, the median
//     busy          nanoseconds of processor time a wake while the one to be woken does not wait:
//                   all but the first change nothing
//     storm         one thread wakes as fast as it can while another waits again and again:
//                   nanoseconds of wall time a wake,
//     storm waits   and nanoseconds a wait
#pragma once

#include "contender.hpp"
#include "support/process.hpp"
#include "support/statistics.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace bench {

template <typename Waker>
double wake_trip(uint64_t count) {
    Waker here;
    Waker there;
    std::thread thread([&] {
        for (uint64_t i = 0; i < count; ++i) {
            there.wait();
            here.wake();
        }
    });
    std::vector<double> trips;
    trips.reserve(static_cast<size_t>(count));
    int64_t served = wall_clock();
    for (uint64_t i = 0; i < count; ++i) {
        there.wake();
        here.wait();
        const int64_t now = wall_clock();
        trips.push_back(static_cast<double>(now - served));
        served = now;
    }
    thread.join();
    return spread_of(trips).median;
}

template <typename Waker>
double wake_busy(uint64_t count) {
    Waker waker;
    waker.wake();
    const int64_t before = thread_processor_clock();
    for (uint64_t i = 0; i < count; ++i)
        waker.wake();
    const int64_t taken = thread_processor_clock() - before;
    waker.wait();
    return static_cast<double>(taken) / static_cast<double>(count);
}

inline constexpr int64_t kStormTime = 20'000'000;

struct Storm {
    double wake_ns;
    double wait_ns;
};

template <typename Waker>
Storm wake_storm() {
    Waker waker;
    std::atomic<bool> is_over = false;
    uint64_t wakes = 0;
    int64_t taken = 0;
    std::thread thread([&] {
        const int64_t begin = wall_clock();
        while (taken < kStormTime) {
            for (int i = 0; i < 256; ++i)
                waker.wake();
            wakes += 256;
            taken = wall_clock() - begin;
        }
        is_over = true;
        waker.wake();
    });
    uint64_t waits = 0;
    while (!is_over) {
        waker.wait();
        ++waits;
    }
    thread.join();
    const auto ns = static_cast<double>(taken);
    return {ns / static_cast<double>(wakes), ns / static_cast<double>(waits)};
}

template <typename Waker>
Steps wake(const Parameters& parameters) {
    const Storm storm = wake_storm<Waker>();
    return {wake_trip<Waker>(parameters.trips), wake_busy<Waker>(parameters.posts), storm.wake_ns,
            storm.wait_ns};
}

}  // namespace bench
