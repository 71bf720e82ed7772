// SPDX-License-Identifier: MIT
// Work in the pool: where it runs, how much at once, in which order, and what shows of it.
#include "support/work.hpp"
#include "support/fds.hpp"
#include "support/threads.hpp"

#include <poll.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <string>
#include <thread>
#include <vector>

using namespace support;

TEST_CASE("work runs in another thread, and is told of in the loop's thread") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const std::thread::id here = std::this_thread::get_id();
    std::thread::id worked_in = here;
    std::thread::id told_in;
    plx_handle told_handle = 0;
    Work work([&] { worked_in = std::this_thread::get_id(); },
              [&](plx_handle handle, int) {
                  told_in = std::this_thread::get_id();
                  told_handle = handle;
              });
    REQUIRE(work.start(loop) == 0);
    CHECK(loop.run() == 0);
    CHECK(worked_in != here);
    CHECK(told_in == here);
    CHECK(told_handle == work.handle());
    CHECK(work.told() == Told{0});
    CHECK(loop.close(work.handle()) == -ENOENT);
}

TEST_CASE("neither a handle nor a done callback is needed") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    std::atomic<int> runs = 0;
    const auto count = [](void* user) { ++*static_cast<std::atomic<int>*>(user); };
    REQUIRE(plx_work_start(loop.get(), nullptr, count, nullptr, &runs) == 0);
    REQUIRE(plx_work_start(loop.get(), nullptr, count, nullptr, &runs) == 0);
    CHECK(loop.run() == 0);
    CHECK(runs == 2);
    CHECK(loop.stats().work_done == 2);
}

TEST_CASE("no thread is started before there is work, and one is enough for work in sequence") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    loop.post([] {});
    CHECK(loop.run() == 0);
    CHECK(loop.stats().work_threads == 0);
    for (int i = 0; i < 10; ++i) {
        Work work(nothing);
        REQUIRE(work.start(loop) == 0);
        CHECK(loop.run() == 0);
        CHECK(work.told() == Told{0});
    }
    CHECK(loop.stats().work_threads == 1);
}

TEST_CASE("as many threads work at once as the options say, and never more") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const int asked = GENERATE(0, 1, 3);
    const int most = asked == 0 ? 4 : asked;
    Loop loop(backend, 0, static_cast<uint32_t>(asked));
    Gate gate;
    std::deque<Work> works;
    for (int i = 0; i < 2 * most + 1; ++i) {
        works.emplace_back([&] { gate.pass(); });
        REQUIRE(works.back().start(loop) == 0);
    }
    gate.await(most);
    const plx_loop_stats stats = loop.stats();
    CHECK(stats.work_running == static_cast<uint64_t>(most));
    CHECK(stats.work_threads == static_cast<uint64_t>(most));
    CHECK(stats.work_queued == static_cast<uint64_t>(most) + 1);
    CHECK(stats.work_handles == works.size());
    gate.open();
    CHECK(loop.run() == 0);
    CHECK(gate.most_inside() == most);
    CHECK(loop.stats().work_done == works.size());
    CHECK(loop.stats().work_handles == 0);
    for (const Work& work : works)
        CHECK(work.told() == Told{0});
}

TEST_CASE("with one thread, work is done and told in the order in which it was started") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    std::string done;
    std::string told;
    std::deque<Work> works;
    for (const char name : {'a', 'b', 'c', 'd', 'e'}) {
        works.emplace_back([&, name] { done += name; },
                           [&, name](plx_handle, int) { told += name; });
        REQUIRE(works.back().start(loop) == 0);
    }
    CHECK(loop.run() == 0);
    CHECK(done == "abcde");
    CHECK(told == "abcde");
}

TEST_CASE("each of thousands of pieces of work is done once and told once") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    constexpr int kCount = 3'000;
    std::vector<std::atomic<int>> runs(kCount);
    std::deque<Work> works;
    for (int i = 0; i < kCount; ++i) {
        works.emplace_back([&, i] { ++runs[static_cast<size_t>(i)]; });
        REQUIRE(works.back().start(loop) == 0);
    }
    CHECK(loop.run() == 0);
    int wrong = 0;
    for (size_t i = 0; i < kCount; ++i)
        wrong += int{runs[i] != 1 || works[i].told() != Told{0}};
    CHECK(wrong == 0);
}

TEST_CASE("what a done callback starts is told of in a later iteration") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    uint64_t first_iteration = 0;
    uint64_t second_iteration = 0;
    Work second(nothing, [&](plx_handle, int) { second_iteration = loop.stats().iterations; });
    Work first(nothing, [&](plx_handle, int) {
        first_iteration = loop.stats().iterations;
        CHECK(second.start(loop) == 0);
        await_work(loop);
    });
    REQUIRE(first.start(loop) == 0);
    CHECK(loop.run() == 0);
    CHECK(first_iteration < second_iteration);
}

TEST_CASE("unreferenced work goes on and does not keep the loop running") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    Gate gate;
    Work work([&] { gate.pass(); });
    REQUIRE(work.start(loop) == 0);
    REQUIRE(plx_unref(loop.get(), work.handle()) == 0);
    CHECK(loop.run() == 0);
    CHECK(work.told().empty());
    REQUIRE(plx_ref(loop.get(), work.handle()) == 0);
    gate.open();
    CHECK(loop.run() == 0);
    CHECK(work.told() == Told{0});
}

TEST_CASE("work may post to the loop") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    int posts = 0;
    const auto count = [](plx_loop*, void* user) { ++*static_cast<int*>(user); };
    Work work([&] { plx_post(loop.get(), count, &posts); });
    REQUIRE(work.start(loop) == 0);
    CHECK(loop.run() == 0);
    CHECK(posts == 1);
}

TEST_CASE("signals are blocked in the threads of the pool, but not those of faults") {
    const Watchdog watchdog;
    Loop loop(support::available_backends().front());
    sigset_t before;
    sigset_t inside;
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    Work work([&] { pthread_sigmask(SIG_SETMASK, nullptr, &inside); });
    REQUIRE(work.start(loop) == 0);
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(loop.run() == 0);
    for (const int signo : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1, SIGPIPE}) {
        INFO("signal " << signo);
        CHECK(sigismember(&inside, signo) == 1);
        CHECK(sigismember(&after, signo) == sigismember(&before, signo));
    }
    for (const int signo : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        INFO("signal " << signo);
        CHECK(sigismember(&inside, signo) == 0);
    }
}

TEST_CASE("the loop's descriptor is readable when work is done") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    Loop loop(backend);
    pollfd outer = {plx_loop_fd(loop.get()), POLLIN, 0};
    REQUIRE(outer.fd >= 0);
    loop.run_nowait();
    Work work(nothing);
    REQUIRE(work.start(loop) == 0);
    CHECK(poll(&outer, 1, 10'000) == 1);
    loop.run_nowait();
    CHECK(work.told() == Told{0});
    CHECK(poll(&outer, 1, 0) == 0);
}

TEST_CASE("a trace and the statistics show work") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, PLX_LOOP_TIME_CALLBACKS);
    std::vector<std::string> names;
    const auto on_trace = [](plx_loop*, const plx_trace_event* event, void* user) {
        CHECK(event->kind == PLX_KIND_WORK);
        CHECK(event->handle != 0);
        static_cast<std::vector<std::string>*>(user)->push_back(event->name);
    };
    REQUIRE(plx_loop_trace(loop.get(), on_trace, &names) == 0);
    Work work(nothing, [](plx_handle, int) { sleep_for_ms(2); });
    REQUIRE(work.start(loop) == 0);
    CHECK(loop.run() == 0);
    CHECK(names == std::vector<std::string>{"work"});
    CHECK(loop.stats().slowest_callback_kind == PLX_KIND_WORK);
}

TEST_CASE("misuse of work is EINVAL and gives no handle") {
    Loop loop(support::available_backends().front());
    const auto run = [](void*) {};
    plx_handle handle = 77;
    CHECK(plx_work_start(nullptr, &handle, run, nullptr, nullptr) == -EINVAL);
    CHECK(plx_work_start(loop.get(), &handle, nullptr, nullptr, nullptr) == -EINVAL);
    CHECK(handle == 77);
    CHECK(loop.stats().work_handles == 0);
    CHECK(plx_timer_set(loop.get(), handle, 0, 0) == -ENOENT);
}
