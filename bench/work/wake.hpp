// SPDX-License-Identifier: MIT
// From one thread into the wait of another, with nothing but that. The type has
//
//     wake()        any thread
//     wait()        until it was woken; once for several wakes, at least
//
//     trip          nanoseconds from one thread to the other and back, the median
//     busy          nanoseconds of processor time a wake while the one to be woken does not wait:
//                   all but the first change nothing
//     storm         nanoseconds a wake of one thread while another waits again and again
//     waits         that this has ended, a thousand wakes
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
    trips.reserve(count);
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

struct Storm {
    double ns;
    double waits;
};

template <typename Waker>
Storm wake_storm(uint64_t count) {
    Waker waker;
    std::atomic<bool> is_over = false;
    int64_t taken = 0;
    std::thread thread([&] {
        const int64_t before = wall_clock();
        for (uint64_t i = 0; i < count; ++i)
            waker.wake();
        taken = wall_clock() - before;
        is_over = true;
        waker.wake();
    });
    uint64_t waits = 0;
    while (!is_over) {
        waker.wait();
        ++waits;
    }
    thread.join();
    const auto wakes = static_cast<double>(count);
    return {static_cast<double>(taken) / wakes, static_cast<double>(waits) * 1000 / wakes};
}

template <typename Waker>
Steps wake(const Parameters& parameters) {
    const Storm storm = wake_storm<Waker>(parameters.posts);
    return {wake_trip<Waker>(parameters.trips), wake_busy<Waker>(parameters.posts), storm.ns,
            storm.waits};
}

}  // namespace bench
