// SPDX-License-Identifier: MIT
// What is registered changes all the time, and nothing is ever ready: the sockets are not readable,
// and too full to be writable. Some loops bring changes to the kernel at once, others before they
// wait. So there is an iteration after each so many changes, and it counts; where a change is taken
// back within the iteration the others need not go to the kernel at all. libev goes further: it
// does not tell the kernel that a descriptor is watched no more, and sorts out what comes of it.
//
//     add, remove          a descriptor that comes and goes within an iteration
//     add | remove         one that stays for an iteration
//     toggle               watched for writing as well, or no more; an iteration every 64
//     toggle there, back   on and off again within an iteration; each of the two
//     toggle alone         with an iteration after each
//
// `fds` are registered, or half of them and the other half come and go.
#pragma once

#include "support/process.hpp"
#include "work/quiet.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace bench {

template <typename Loop>
concept Toggles = requires(Loop& loop, Quiet<Loop>* handler) {
    loop.set_writable(0, handler, true);
};

template <typename Loop>
class Churn {
public:
    explicit Churn(const Parameters& parameters) : events_(parameters.events), quiet_(parameters) {}

    Steps run() {
        constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
        Steps steps{kNone, kNone, kNone, kNone, kNone};
        if constexpr (Toggles<Loop>) {
            steps[2] = toggle(kBatch, events_);
            steps[3] = toggle_back();
            steps[4] = toggle(1, events_ / 16);
        }
        const size_t half = quiet_.size() / 2;
        for (size_t i = half; i < quiet_.size(); ++i)
            quiet_.remove(i);
        steps[0] = come_and_go(half);
        steps[1] = come_stay_and_go(half);
        for (size_t i = half; i < quiet_.size(); ++i)
            quiet_.add(i);
        quiet_.end();
        return steps;
    }

private:
    // As many changes as a busy server makes in an iteration.
    static constexpr size_t kBatch = 64;

    // Passes over the descriptors from `begin` on, in batches, until `events_` were changed.
    // batch(first, last, pass) changes them. Nanoseconds of processor time each.
    template <typename Batch>
    double per_change(size_t begin, size_t size, uint64_t events, Batch batch) {
        const uint64_t passes = events / (quiet_.size() - begin) / 2 * 2 + 2;
        quiet_.turn();
        const int64_t before = thread_processor_clock();
        for (uint64_t pass = 0; pass < passes; ++pass) {
            for (size_t first = begin; first < quiet_.size(); first += size)
                batch(first, std::min(first + size, quiet_.size()), pass);
        }
        const int64_t taken = thread_processor_clock() - before;
        return static_cast<double>(taken) / static_cast<double>(passes * (quiet_.size() - begin));
    }

    double toggle(size_t batch, uint64_t events) {
        return per_change(0, batch, events, [&](size_t first, size_t last, uint64_t pass) {
            for (size_t i = first; i < last; ++i)
                quiet_.set_writable(i, pass % 2 == 0);
            quiet_.turn();
        });
    }
    double toggle_back() {
        const auto both = [&](size_t first, size_t last, uint64_t) {
            for (size_t i = first; i < last; ++i) {
                quiet_.set_writable(i, true);
                quiet_.set_writable(i, false);
            }
            quiet_.turn();
        };
        return per_change(0, kBatch, events_ / 2, both) / 2;
    }
    double come_and_go(size_t half) {
        return per_change(half, kBatch, events_, [&](size_t first, size_t last, uint64_t) {
            for (size_t i = first; i < last; ++i) {
                quiet_.add(i);
                quiet_.remove(i);
            }
            quiet_.turn();
        });
    }
    double come_stay_and_go(size_t half) {
        return per_change(half, kBatch, events_, [&](size_t first, size_t last, uint64_t) {
            for (size_t i = first; i < last; ++i)
                quiet_.add(i);
            quiet_.turn();
            for (size_t i = first; i < last; ++i)
                quiet_.remove(i);
            quiet_.turn();
        });
    }

    const uint64_t events_;
    QuietLoop<Loop> quiet_;
};

template <typename Loop>
Steps churn(const Parameters& parameters) {
    return Churn<Loop>(parameters).run();
}

}  // namespace bench
