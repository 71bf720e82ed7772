// SPDX-License-Identifier: MIT
// The pool without a loop: what slow work may take, and who owns what.
#include "loop/work_pool.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "support/work.hpp"

#include <atomic>
#include <string>
#include <utility>

using pollux::Doorbell;
using pollux::Poller;
using pollux::WorkItem;
using pollux::WorkPool;
using support::Gate;

namespace {

constexpr bool kFast = false;
constexpr bool kSlow = true;
// Leaves no trace in the log.
constexpr char kUnnamed = '\0';

struct Item final : WorkItem {
    Gate& gate;
    std::atomic<int>& alive;
    std::string* log;
    char name;

    Item(bool slow, Gate& where, std::atomic<int>& count, std::string* names = nullptr,
         char its_name = kUnnamed)
        : gate(where), alive(count), log(names), name(its_name) {
        is_slow = slow;
        ++alive;
    }
    ~Item() override { --alive; }
    void run() noexcept override {
        gate.pass();
        if (name != kUnnamed) *log += name;
    }
    void finish(plx_loop*, int) noexcept override {}
};

// A pool with its poller, and gates for the two kinds of work.
struct Fixture {
    explicit Fixture(uint32_t most_threads) {
        const plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
        REQUIRE(Poller::create(&poller, options) == 0);
        doorbell.set_poller(poller);
        REQUIRE(pool.configure(&doorbell, most_threads) == 0);
    }
    ~Fixture() {
        fast.open();
        slow.open();
        pool.shut_down();
        delete poller;
        CHECK(alive == 0);
    }

    WorkItem* submit(bool is_slow, char name = kUnnamed) {
        auto* item = new Item(is_slow, is_slow ? slow : fast, alive, &log, name);
        REQUIRE(pool.submit(item) == 0);
        return item;
    }

    // Deletes what is done until it is so many.
    void await_done(int count) {
        while (count > 0) {
            WorkItem* done = pool.take_done();
            if (done == nullptr) support::sleep_for_ms(1);
            for (WorkItem* item = done; item != nullptr; item = item->next)
                --count;
            WorkPool::drop(done);
        }
        CHECK(count == 0);
    }

    const support::Watchdog watchdog;
    std::atomic<int> alive = 0;
    std::string log;
    Gate fast;
    Gate slow;
    Poller* poller = nullptr;
    Doorbell doorbell;
    WorkPool pool;
};

}  // namespace

TEST_CASE("slow work takes half of the threads at most, and starts no more of them") {
    const auto [most, half] = GENERATE(table<int, int>({{1, 1}, {2, 1}, {3, 1}, {4, 2}, {7, 3}}));
    INFO("threads: " << most);
    Fixture its(static_cast<uint32_t>(most));
    for (int i = 0; i < 2 * most; ++i)
        its.submit(kSlow);
    its.slow.await(half);
    const WorkPool::Counts counts = its.pool.counts();
    CHECK(counts.running == static_cast<size_t>(half));
    CHECK(counts.queued == static_cast<size_t>(2 * most - half));
    CHECK(counts.threads == static_cast<size_t>(half));
    its.slow.open();
    its.await_done(2 * most);
    CHECK(its.slow.most_inside() == half);
}

TEST_CASE("work that blocks for ever does not hold up the rest, if it is called slow") {
    Fixture its(2);
    its.fast.open();
    for (int i = 0; i < 5; ++i)
        its.submit(kSlow);
    its.slow.await(1);
    for (int i = 0; i < 100; ++i)
        its.submit(kFast);
    its.await_done(100);
    CHECK(its.pool.counts().running == 1);
}

TEST_CASE("fast work fills all threads, even while slow work waits") {
    Fixture its(4);
    for (int i = 0; i < 3; ++i)
        its.submit(kSlow);
    for (int i = 0; i < 3; ++i)
        its.submit(kFast);
    its.slow.await(2);
    its.fast.await(2);
    CHECK(its.pool.counts().threads == 4);
    CHECK(its.pool.counts().queued == 2);
}

TEST_CASE("of a fast and a slow piece of work the older one is first") {
    Fixture its(1);
    its.slow.open();
    its.submit(kFast, 'a');
    its.fast.await(1);
    its.submit(kSlow, 'b');
    its.submit(kFast, 'c');
    its.submit(kSlow, 'd');
    its.submit(kSlow, 'e');
    its.submit(kFast, 'f');
    its.fast.open();
    its.await_done(6);
    CHECK(its.log == "abcdef");
}

TEST_CASE("an idle thread is used before another is started") {
    Fixture its(4);
    its.fast.open();
    its.slow.open();
    for (int i = 0; i < 20; ++i) {
        its.submit(i % 2 == 0 ? kFast : kSlow);
        its.await_done(1);
    }
    CHECK(its.pool.counts().threads == 1);
}

TEST_CASE("two pieces of work at once get two threads, though one idle thread is there") {
    Fixture its(4);
    its.submit(kFast);
    its.fast.await(1);
    its.submit(kSlow);
    its.slow.open();
    its.await_done(1);
    // One runs, one is idle; both of these have to begin.
    its.submit(kFast);
    its.submit(kFast);
    its.fast.await(3);
    CHECK(its.pool.counts().threads == 3);
}

TEST_CASE("what is cancelled is the caller's, wherever it stood in the queue, and only once") {
    Fixture its(1);
    its.slow.open();
    WorkItem* running = its.submit(kFast, 'a');
    its.fast.await(1);
    WorkItem* items[5];
    for (int i = 0; i < 5; ++i)
        items[i] = its.submit(i == 3 ? kSlow : kFast, static_cast<char>('b' + i));
    CHECK_FALSE(its.pool.cancel(running));
    for (const int i : {2, 0, 4, 3}) {
        CHECK(its.pool.cancel(items[i]));
        CHECK_FALSE(its.pool.cancel(items[i]));
        delete items[i];
    }
    CHECK(its.pool.counts().queued == 1);
    its.fast.open();
    its.await_done(2);
    CHECK(its.log == "ac");
}

TEST_CASE("work that is done cannot be cancelled") {
    Fixture its(1);
    its.fast.open();
    WorkItem* item = its.submit(kFast);
    while (!its.pool.has_done())
        support::sleep_for_ms(1);
    CHECK_FALSE(its.pool.cancel(item));
    its.await_done(1);
}

TEST_CASE("what has been cancelled can be submitted again") {
    Fixture its(1);
    its.submit(kFast, 'a');
    its.fast.await(1);
    WorkItem* item = its.submit(kFast, 'b');
    REQUIRE(its.pool.cancel(item));
    REQUIRE(its.pool.submit(item) == 0);
    its.fast.open();
    its.await_done(2);
    CHECK(its.log == "ab");
}

TEST_CASE("shutting down waits for what runs and deletes what is queued, done or not taken") {
    // The fixture's end looks for what is left.
    Fixture its(2);
    its.slow.open();
    for (int i = 0; i < 3; ++i)
        its.submit(kSlow);
    while (!its.pool.has_done())
        support::sleep_for_ms(1);
    for (int i = 0; i < 5; ++i)
        its.submit(kFast);
    its.fast.await(1);
}

TEST_CASE("a pool that was never used needs no thread to end") {
    const Fixture its(1024);
}

TEST_CASE("the work of many submissions and cancellations adds up") {
    Fixture its(4);
    its.fast.open();
    its.slow.open();
    int cancelled = 0;
    constexpr int kCount = 5'000;
    for (int i = 0; i < kCount; ++i) {
        auto* item = new Item(i % 3 == 0, its.fast, its.alive);
        REQUIRE(its.pool.submit(item) == 0);
        // Not looked at again unless it is still queued: nothing is deleted before the end.
        if (i % 2 == 0 && its.pool.cancel(item)) {
            ++cancelled;
            delete item;
        }
    }
    its.await_done(kCount - cancelled);
    const WorkPool::Counts counts = its.pool.counts();
    CHECK(counts.queued == 0);
    CHECK(counts.running == 0);
    CHECK(counts.threads <= 4);
}
