// SPDX-License-Identifier: MIT
// Many timers. The type that does it has
//
//     Type(count)                 no memory touched that is in proportion to it
//     update_now()                what delays count from, as at the begin of an iteration
//     start(i, delay_ns)          i < count; not started, or cancelled
//     restart(i, delay_ns)
//     cancel(i)
//     fire_all(count)             until so many callbacks have run
//
// Each step goes over all timers, in the order in which they were first started, or in a random
// one, as the clients of a server come:
//
//     start cold     within a minute from now, in memory that was never touched
//     restart        within a minute
//     push           a minute from now: what a server does with an idle timeout at each message
//     cancel
//     start          the same in memory that is known by now
//     mixed ...      the same in random orders
//     fire           within 200 milliseconds, all of which have gone by
//     sum            of all but the first
#pragma once

#include "contender.hpp"
#include "support/process.hpp"

#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

namespace bench {

// Zero bytes, of pages that are made when they are first touched.
template <typename T>
T* allocate(size_t count) {
    void* memory = std::calloc(count, sizeof(T));
    if (memory == nullptr) fail("calloc");
    return static_cast<T*>(memory);
}

// Cheap next to what is measured.
class Random {
public:
    int64_t below(int64_t limit) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<int64_t>((state_ >> 32) * static_cast<uint64_t>(limit) >> 32);
    }

private:
    uint64_t state_ = 88172645463325252;
};

using Order = std::vector<uint32_t>;

inline Order in_order(size_t count) {
    Order order(count);
    std::iota(order.begin(), order.end(), 0U);
    return order;
}

inline Order shuffled(size_t count) {
    static std::mt19937 random(1);
    Order order = in_order(count);
    std::shuffle(order.begin(), order.end(), random);
    return order;
}

template <typename Timers>
class TimerSteps {
public:
    explicit TimerSteps(size_t count) : count_(count), timers_(count) {}

    TimerTimes run() {
        const Order forward = in_order(count_);
        TimerTimes times{};
        times[kStartCold] = start_all(kMinute);
        times[kRestart] = restart_all(forward);
        times[kPush] = push_all(forward);
        times[kCancel] = cancel_all(forward);
        times[kStart] = start_all(kMinute);
        times[kMixedRestart] = restart_all(shuffled(count_));
        times[kMixedPush] = push_all(shuffled(count_));
        times[kMixedCancel] = cancel_all(shuffled(count_));
        times[kMixedStart] = start_all(kMinute);
        cancel_all(forward);
        start_all(kSoon);
        const timespec pause{0, kSoon};
        nanosleep(&pause, nullptr);
        times[kFire] = per_timer([&] { timers_.fire_all(count_); });
        times[kSum] = std::accumulate(times.begin() + kStartCold + 1, times.begin() + kSum, 0.0);
        return times;
    }

private:
    static constexpr int64_t kSoon = 200'000'000;
    static constexpr int64_t kMinute = 60'000'000'000;

    template <typename Step>
    double per_timer(Step step) {
        timers_.update_now();
        const int64_t before = thread_processor_clock();
        step();
        return static_cast<double>(thread_processor_clock() - before) / static_cast<double>(count_);
    }
    // As between the iterations of a loop with so many events in each.
    void pass_time(size_t i) {
        if (i % 64 == 0) timers_.update_now();
    }
    double start_all(int64_t limit) {
        return per_timer([&] {
            for (size_t i = 0; i < count_; ++i) {
                pass_time(i);
                timers_.start(i, random_.below(limit));
            }
        });
    }
    double restart_all(const Order& order) {
        return per_timer([&] {
            for (size_t i = 0; i < count_; ++i) {
                pass_time(i);
                timers_.restart(order[i], random_.below(kMinute));
            }
        });
    }
    double push_all(const Order& order) {
        return per_timer([&] {
            for (size_t i = 0; i < count_; ++i) {
                pass_time(i);
                timers_.restart(order[i], kMinute);
            }
        });
    }
    double cancel_all(const Order& order) {
        return per_timer([&] {
            for (const uint32_t i : order)
                timers_.cancel(i);
        });
    }

    Random random_;
    const size_t count_;
    Timers timers_;
};

template <typename Timers>
TimerTimes timers(const Parameters& parameters) {
    return TimerSteps<Timers>(parameters.timers).run();
}

}  // namespace bench
