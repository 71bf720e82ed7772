// SPDX-License-Identifier: MIT
// From one thread into the loop of another. The loop type has
//
//     listen(handler)             once, before the others
//     notify(handler)             handler->ready() is called in the loop's thread, once for several
//                                 at least; any thread
//     post(handler)               the same, once for each
//     run(), stop()               stop() in a handler
#pragma once

#include "contender.hpp"
#include "support/process.hpp"
#include "support/statistics.hpp"

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

// Posts for a loop that only knows how to be notified: the queue that its user writes.
template <typename Loop>
class Queued {
public:
    template <typename Handler>
    void listen(Handler*) {
        loop_.listen(this);
    }
    template <typename Handler>
    void post(Handler* handler) {
        std::unique_lock lock(mutex_);
        const bool was_empty = waiting_.empty();
        waiting_.push_back({[](void* user) { static_cast<Handler*>(user)->ready(); }, handler});
        lock.unlock();
        if (was_empty) loop_.notify(this);
    }
    void ready() {
        {
            const std::lock_guard lock(mutex_);
            std::swap(waiting_, running_);
        }
        for (const Call& call : running_)
            call.fn(call.user);
        running_.clear();
    }
    void run() { loop_.run(); }
    void stop() { loop_.stop(); }

private:
    struct Call {
        void (*fn)(void* user);
        void* user;
    };

    Loop loop_;
    std::mutex mutex_;
    std::vector<Call> waiting_;
    std::vector<Call> running_;
};

// One of two that hand a ball to each other. The one that counts the trips looks at the clock.
template <typename Loop>
struct Player {
    Loop loop;
    Player* other = nullptr;
    bool is_over = false;
    std::vector<double> trips;
    uint64_t trips_left = 0;
    int64_t served = 0;

    void ready() {
        if (is_over) {
            loop.stop();
            return;
        }
        if (trips_left != 0) count_trip();
        other->loop.notify(other);
    }

    void count_trip() {
        const int64_t now = wall_clock();
        if (served != 0) trips.push_back(static_cast<double>(now - served));
        served = now;
        if (--trips_left != 0) return;
        other->is_over = true;
        loop.stop();
    }
};

// The median of the trips; what another process does to some of them is left out.
template <typename Loop>
double ping(const Parameters& parameters) {
    Player<Loop> here;
    Player<Loop> there;
    here.other = &there;
    there.other = &here;
    here.trips_left = parameters.trips + 1;
    here.trips.reserve(static_cast<size_t>(parameters.trips));
    here.loop.listen(&here);
    there.loop.listen(&there);
    std::thread thread([&] { there.loop.run(); });
    here.loop.notify(&here);
    here.loop.run();
    thread.join();
    return spread_of(here.trips).median;
}

template <typename Loop>
struct Sink {
    Loop loop;
    uint64_t left;

    void ready() {
        if (--left == 0) loop.stop();
    }
};

// As fast as they can, until the last has arrived.
template <typename Loop>
double posts(const Parameters& parameters) {
    const uint64_t each = parameters.posts / parameters.threads;
    const uint64_t all = each * parameters.threads;
    Sink<Loop> sink{.loop = {}, .left = all};
    sink.loop.listen(&sink);
    std::atomic<bool> has_begun = false;
    std::vector<std::thread> threads;
    for (size_t i = 0; i < parameters.threads; ++i) {
        threads.emplace_back([&] {
            has_begun.wait(false);
            for (uint64_t k = 0; k < each; ++k)
                sink.loop.post(&sink);
        });
    }
    const int64_t before = wall_clock();
    has_begun = true;
    has_begun.notify_all();
    sink.loop.run();
    const int64_t taken = wall_clock() - before;
    for (std::thread& thread : threads)
        thread.join();
    return static_cast<double>(taken) / static_cast<double>(all);
}

}  // namespace bench
