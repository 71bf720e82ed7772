// SPDX-License-Identifier: MIT
// Contract 6: changes while others wait, and several waiters.
#include "support/threads.hpp"
#include "support/fds.hpp"
#include "support/poller.hpp"

#include <atomic>

using namespace support;

TEST_CASE("an add takes effect on a wait in progress") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    Batch batch;
    Thread waiter([&] { batch = poller.wait(kHang); });
    let_others_block();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    waiter.join();
    expect_events(batch, {{1, PLX_READABLE}});
}

TEST_CASE("a modify takes effect on a wait in progress") {
    FOR_EACH_BACKEND(backend);
    const uint32_t before = GENERATE(PLX_READABLE, uint32_t{0}, PLX_READABLE | PLX_EXCLUSIVE);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, before) == 0);
    Batch batch;
    Thread waiter([&] { batch = poller.wait(kHang); });
    let_others_block();
    REQUIRE(poller.modify(pair.ours, 2, PLX_WRITABLE) == 0);
    waiter.join();
    expect_events(batch, {{2, PLX_WRITABLE}});
}

TEST_CASE("a fired one-shot that another thread arms again takes effect on a wait in progress") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_ONESHOT) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    Batch batch;
    Thread waiter([&] { batch = poller.wait(kHang); });
    let_others_block();
    REQUIRE(poller.modify(pair.ours, 2, PLX_READABLE | PLX_ONESHOT) == 0);
    waiter.join();
    expect_events(batch, {{2, PLX_READABLE}});
}

TEST_CASE("a remove takes effect on a wait in progress") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    Batch batch;
    std::atomic<bool> waiting = false;
    Thread waiter([&] {
        waiting = true;
        batch = poller.wait(300 * kMillisecond);
    });
    while (!waiting)
        std::this_thread::yield();
    let_others_block();
    REQUIRE(poller.remove(pair.ours) == 0);
    send_byte(pair.theirs);
    waiter.join();
    INFO(describe(batch));
    CHECK(batch.rc == 0);
}

TEST_CASE("changes from another thread do not stretch the deadline of a wait") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    std::atomic<bool> stop = false;
    Thread changer([&] {
        const Stopwatch watch;
        while (!stop && watch.elapsed() < kHang) {
            poller.add(pair.ours, 1, PLX_READABLE);
            poller.modify(pair.ours, 2, PLX_READABLE);
            poller.remove(pair.ours);
            sleep_for_ms(1);
        }
    });
    const Stopwatch watch;
    const int rc = poller.wait(100 * kMillisecond).rc;
    const int64_t elapsed = watch.elapsed();
    stop = true;
    CHECK(rc == 0);
    CHECK(elapsed >= 100 * kMillisecond);
    CHECK(elapsed < kHang / 2);
}

TEST_CASE("several waiters all hear of a level-triggered condition that stays") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    std::atomic<int> reported = 0;
    {
        std::vector<Thread> waiters;
        for (int i = 0; i < 4; ++i) {
            waiters.emplace_back([&] { reported += poller.wait(kHang).has(1); });
        }
        let_others_block();
        send_byte(pair.theirs);
    }
    CHECK(reported == 4);
}

TEST_CASE("an add takes effect on each of several waits in progress") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    // Who begins alone may wait in another way than who joins; each round has both.
    for (int round = 0; round < 3; ++round) {
        const Pair pair = make_socket_pair();
        send_byte(pair.theirs);
        std::atomic<int> reported = 0;
        {
            std::vector<Thread> waiters;
            for (int i = 0; i < 3; ++i) {
                waiters.emplace_back([&] { reported += poller.wait(kHang).has(1); });
                let_others_block();
            }
            REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
        }
        CHECK(reported == 3);
        REQUIRE(poller.remove(pair.ours) == 0);
    }
}

TEST_CASE("a one-shot event goes to exactly one of several waiters") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    std::atomic<uint64_t> reported = 0;
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    std::atomic<uint64_t> armed = 0;
    std::vector<Thread> waiters;
    for (int i = 0; i < 4; ++i) {
        waiters.emplace_back([&] {
            while (!stop) {
                const Batch batch = poller.wait(5 * kMillisecond);
                if (batch.rc == 0) continue;
                wrong += batch.rc != 1 || batch.events[0].token != armed;
                ++reported;
            }
        });
    }
    REQUIRE(poller.add(pair.ours, 0, PLX_ONESHOT) == 0);
    send_byte(pair.theirs);
    uint64_t seen = 0;
    const Stopwatch watch;
    for (uint64_t round = 1; round <= 200 && watch.elapsed() < kHang; ++round) {
        armed = round;
        REQUIRE(poller.modify(pair.ours, round, PLX_READABLE | PLX_ONESHOT) == 0);
        while (reported < round && watch.elapsed() < kHang)
            std::this_thread::yield();
        seen = round;
    }
    sleep_for_ms(20);
    stop = true;
    waiters.clear();
    CHECK(seen == 200);
    CHECK(reported == 200);
    CHECK(wrong == 0);
}

TEST_CASE("an edge goes to a waiter, and only its drain asks for the next") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_EDGE)) return;
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_EDGE) == 0);
    std::atomic<int> bytes = 0;
    std::atomic<bool> stop = false;
    std::vector<Thread> waiters;
    for (int i = 0; i < 3; ++i) {
        waiters.emplace_back([&] {
            while (!stop) {
                if (poller.wait(5 * kMillisecond).has(1)) bytes += int(drain(pair.ours));
            }
        });
    }
    const Stopwatch watch;
    for (int sent = 1; sent <= 200; ++sent) {
        send_byte(pair.theirs);
        while (bytes < sent && watch.elapsed() < kHang)
            std::this_thread::yield();
    }
    stop = true;
    waiters.clear();
    CHECK(bytes == 200);
}

TEST_CASE("readiness of an old interest never comes under the token of a new one") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    constexpr uint32_t kInterests[] = {PLX_READABLE, PLX_WRITABLE};
    REQUIRE(poller.add(pair.ours, 0, kInterests[0]) == 0);
    std::atomic<bool> stop = false;
    std::atomic<int> reported = 0;
    std::atomic<int> mixed = 0;
    std::vector<Thread> waiters;
    for (int i = 0; i < 2; ++i) {
        waiters.emplace_back([&] {
            while (!stop) {
                for (const plx_event& event : poller.wait(kMillisecond).events) {
                    ++reported;
                    mixed += (event.events & kConditions) != kInterests[event.token % 2];
                }
            }
        });
    }
    const Stopwatch watch;
    for (uint64_t token = 1; token < 4000 || reported < 1000; ++token) {
        if (watch.elapsed() > kHang) break;
        REQUIRE(poller.modify(pair.ours, token, kInterests[token % 2]) == 0);
        if (token % 16 == 0) std::this_thread::yield();
    }
    stop = true;
    waiters.clear();
    CHECK(reported >= 1000);
    CHECK(mixed == 0);
}

TEST_CASE("threads may add, change, remove, wake and wait at once without losing an event") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    constexpr int kThreads = 3;
    std::atomic<int> failures = 0;
    std::atomic<int> events = 0;
    std::atomic<bool> stop = false;
    std::vector<Pair> pairs;
    for (int i = 0; i < kThreads; ++i)
        pairs.push_back(make_socket_pair());
    for (const Pair& pair : pairs)
        send_byte(pair.theirs);
    std::vector<Thread> waiters;
    for (int i = 0; i < 2; ++i) {
        waiters.emplace_back([&] {
            while (!stop) {
                const Batch batch = poller.wait(kMillisecond, 2);
                if (batch.rc < 0) ++failures;
                events += batch.rc;
            }
        });
    }
    {
        std::vector<Thread> changers;
        for (const Pair& pair : pairs) {
            changers.emplace_back([&, fd = int{pair.ours}] {
                for (uint64_t round = 0; round < 200; ++round) {
                    failures += poller.add(fd, round, PLX_READABLE | PLX_ONESHOT) != 0;
                    failures += poller.modify(fd, round, PLX_READABLE | PLX_WRITABLE) != 0;
                    failures += poller.add(fd, round, PLX_READABLE) != -EEXIST;
                    failures += poller.wake() != 0;
                    failures += poller.modify(fd, round, 0) != 0;
                    failures += poller.remove(fd) != 0;
                    failures += poller.remove(fd) != -ENOENT;
                }
            });
        }
    }
    stop = true;
    waiters.clear();
    CHECK(failures == 0);
    CHECK(poller.count() == 0);
    // Nothing is left over, and the poller works on.
    while (poller.wait(0).woken()) {
    }
    CHECK(poller.is_silent());
    REQUIRE(poller.add(pairs[0].ours, 1, PLX_READABLE) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("pollers in different threads do not disturb each other") {
    FOR_EACH_BACKEND(backend);
    std::atomic<int> right = 0;
    constexpr int kThreads = 3;
    std::vector<Pair> pairs;
    for (int i = 0; i < kThreads; ++i)
        pairs.push_back(make_socket_pair());
    for (const Pair& pair : pairs)
        send_byte(pair.theirs);
    {
        std::vector<Thread> threads;
        for (const Pair& pair : pairs) {
            threads.emplace_back([&, fd = int{pair.ours}] {
                for (uint64_t round = 0; round < 50; ++round) {
                    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
                    options.backend = backend;
                    plx_poller* poller = nullptr;
                    if (plx_poller_create(&poller, &options) != 0) return;
                    plx_event event{};
                    plx_poller_add(poller, fd, round, PLX_READABLE);
                    right += plx_poller_wait(poller, &event, 1, kHang) == 1 &&
                             event.token == round && event.fd == fd;
                    plx_poller_destroy(poller);
                }
            });
        }
    }
    CHECK(right == kThreads * 50);
}
