// SPDX-License-Identifier: MIT
// Handles, posts, statistics, traces.
#include "support/fds.hpp"
#include "support/loop.hpp"

#include <atomic>
#include <cerrno>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace support;

TEST_CASE("a stale, foreign or invented handle is answered with ENOENT by everything") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const plx_handle stale = loop.timer(0, 0, [](plx_handle) {});
    REQUIRE(loop.close(stale) == 0);
    const plx_handle reused = loop.timer(0, 0, [](plx_handle) {});
    CHECK(reused != stale);
    const Pair pair = make_socket_pair();
    const plx_handle io = loop.io(pair.ours, PLX_READABLE, [](plx_handle, uint32_t) {});
    for (const plx_handle wrong : {plx_handle{0}, stale, UINT64_MAX, plx_handle{1} << 63,
                                   plx_handle{0xFFFF'FFFF}, reused ^ (plx_handle{1} << 40)}) {
        CAPTURE(wrong);
        CHECK(loop.close(wrong) == -ENOENT);
        CHECK(plx_io_set(loop.get(), wrong, PLX_READABLE) == -ENOENT);
        CHECK(plx_timer_set(loop.get(), wrong, 0, 0) == -ENOENT);
        CHECK(plx_ref(loop.get(), wrong) == -ENOENT);
        CHECK(plx_unref(loop.get(), wrong) == -ENOENT);
    }
    CHECK(plx_io_set(loop.get(), reused, PLX_READABLE) == -ENOENT);
    CHECK(plx_timer_set(loop.get(), io, 0, 0) == -ENOENT);
}

TEST_CASE("a handle of another loop is answered with ENOENT") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    Loop other(backend);
    int fired = 0;
    for (int i = 0; i < 8; ++i)
        loop.timer(0, 0, [&](plx_handle) { ++fired; });
    for (int i = 0; i < 8; ++i) {
        const plx_handle foreign = other.timer(kHang, 0, [](plx_handle) {});
        CHECK(loop.close(foreign) == -ENOENT);
        CHECK(plx_timer_set(loop.get(), foreign, kHang, 0) == -ENOENT);
        CHECK(plx_unref(loop.get(), foreign) == -ENOENT);
    }
    CHECK(loop.run() == 0);
    CHECK(fired == 8);
}

TEST_CASE("numbers drawn by lot are no handles and do no harm") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    std::set<plx_handle> known;
    for (int i = 0; i < 20; ++i)
        known.insert(loop.timer(kHang, 0, [](plx_handle) {}));
    known.insert(loop.io(pair.ours, PLX_READABLE, [](plx_handle, uint32_t) {}));
    std::mt19937_64 lot(20'260'101);
    for (int i = 0; i < 20'000; ++i) {
        // Small slots too, and generations near those in use.
        plx_handle number = lot();
        if (i % 3 == 1) number &= 0xFFFF'FFFF'0000'001F;
        if (i % 3 == 2) number = *known.begin() + (lot() % 7 << 32) + lot() % 64;
        if (known.count(number) != 0) continue;
        REQUIRE(loop.close(number) == -ENOENT);
        REQUIRE(plx_io_set(loop.get(), number, PLX_WRITABLE) == -ENOENT);
        REQUIRE(plx_timer_set(loop.get(), number, 0, 0) == -ENOENT);
        REQUIRE(plx_unref(loop.get(), number) == -ENOENT);
    }
    for (const plx_handle handle : known)
        CHECK(loop.close(handle) == 0);
    CHECK(loop.run() == 0);
}

TEST_CASE(
    "posts of one thread run in their order, and a post by a post runs in the next iteration") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    std::string order;
    loop.post([&] {
        order += 'a';
        loop.post([&] { order += 'c'; });
    });
    loop.post([&] { order += 'b'; });
    CHECK(loop.run_once() == 1);
    CHECK(order == "ab");
    CHECK(loop.run() == 0);
    CHECK(order == "abc");
    CHECK(loop.stats().posts == 3);
}

TEST_CASE("posts from many threads all run, in order for each thread, and wake the loop") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    constexpr int kThreads = 4;
    constexpr int kPosts = 5'000;
    struct Sender {
        int next = 0;
        bool in_order = true;
        std::atomic<int>* total;
        plx_loop* loop;
    };
    struct Message {
        Sender* sender;
        int number;
    };
    std::atomic<int> total{0};
    std::vector<Sender> senders(kThreads);
    std::vector<std::vector<Message>> messages(kThreads);
    for (size_t i = 0; i < kThreads; ++i) {
        senders[i].total = &total;
        senders[i].loop = loop.get();
        for (int number = 0; number < kPosts; ++number) {
            messages[i].push_back({&senders[i], number});
        }
    }
    const auto receive = [](plx_loop* own, void* user) {
        auto* message = static_cast<Message*>(user);
        Sender& sender = *message->sender;
        sender.in_order &= message->number == sender.next++;
        if (sender.total->fetch_add(1) + 1 == kThreads * kPosts) plx_loop_stop(own);
    };
    const plx_handle keep_alive = loop.timer(kHang, 0, [](plx_handle) {});
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            for (Message& message : messages[i]) {
                if (plx_post(loop.get(), receive, &message) != 0) std::abort();
            }
        });
    }
    CHECK(loop.run() == 1);
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(total == kThreads * kPosts);
    for (const Sender& sender : senders) {
        CHECK(sender.in_order);
    }
    CHECK(loop.close(keep_alive) == 0);
}

TEST_CASE("posts that come before the loop takes them share one wake") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    constexpr int kPosts = 1'000;
    int ran = 0;
    for (int i = 0; i < kPosts; ++i)
        loop.post([&] { ++ran; });
    CHECK(loop.run() == 0);
    CHECK(ran == kPosts);
    CHECK(loop.stats().iterations == 1);
    CHECK(loop.stats().wakes == 1);
}

TEST_CASE("statistics tell the time in waits from the rest") {
    FOR_EACH_BACKEND(backend);
    const uint32_t flags = GENERATE(uint32_t{0}, PLX_LOOP_TIME_CALLBACKS);
    constexpr int64_t kTime = 60 * kMillisecond;
    // Of the clock that is looked at without the flag.
    constexpr int64_t kTick = 10 * kMillisecond;
    Loop loop(backend, flags);
    loop.timer(kTime, 0, [&](plx_handle) {
        CHECK(loop.stats().idle_ns >= kTime - kTick);
        std::this_thread::sleep_for(std::chrono::nanoseconds(2 * kTime));
    });
    CHECK(loop.run() == 0);
    CHECK(loop.stats().busy_ns >= 2 * kTime - kTick);
}

TEST_CASE("statistics count what was done and what is open") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend, PLX_LOOP_TIME_CALLBACKS);
    const Pair pair = make_socket_pair();
    loop.io(pair.ours, PLX_WRITABLE, [&](plx_handle own, uint32_t) { loop.close(own); });
    loop.timer(0, 0, [](plx_handle) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); });
    loop.post([] {});
    CHECK(loop.stats().io_handles == 1);
    CHECK(loop.run() == 0);
    const plx_loop_stats stats = loop.stats();
    CHECK(stats.struct_size == sizeof stats);
    CHECK(stats.iterations >= 1);
    CHECK(stats.io_events == 1);
    CHECK(stats.timers_fired == 1);
    CHECK(stats.posts == 1);
    CHECK(stats.io_handles == 0);
    CHECK(stats.timer_handles == 1);
    CHECK(stats.active_timers == 0);
    CHECK(stats.busy_ns >= 2 * kMillisecond);
    CHECK(stats.slowest_callback_ns >= 2 * kMillisecond);
    CHECK(stats.slowest_callback_kind == PLX_KIND_TIMER);
    plx_loop_stats shorter = PLX_LOOP_STATS_INIT;
    shorter.struct_size = 2 * sizeof(uint64_t);
    shorter.io_events = 99;
    CHECK(plx_loop_stats_get(loop.get(), &shorter) == 0);
    CHECK(shorter.iterations == stats.iterations);
    CHECK(shorter.io_events == 99);
    shorter.struct_size = 1;
    CHECK(plx_loop_stats_get(loop.get(), &shorter) == -EINVAL);
    CHECK(plx_loop_stats_get(loop.get(), nullptr) == -EINVAL);
}

TEST_CASE("a trace names each callback after it has run, and ends when it is taken away") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    std::vector<std::string> names;
    REQUIRE(plx_loop_trace(
                loop.get(),
                [](plx_loop*, const plx_trace_event* event, void* user) {
                    CHECK(event->duration_ns >= 0);
                    CHECK((event->handle != 0) == (event->kind != PLX_KIND_POST));
                    static_cast<std::vector<std::string>*>(user)->push_back(event->name);
                },
                &names) == 0);
    const Pair pair = make_socket_pair();
    loop.io(pair.ours, PLX_WRITABLE, [&](plx_handle own, uint32_t) { loop.close(own); });
    loop.post([] {});
    loop.timer(0, 0, [](plx_handle) {});
    CHECK(loop.run() == 0);
    CHECK(names == std::vector<std::string>{"timer", "post", "io"});
    REQUIRE(plx_loop_trace(loop.get(), nullptr, nullptr) == 0);
    loop.post([] {});
    CHECK(loop.run() == 0);
    CHECK(names.size() == 3);
}
