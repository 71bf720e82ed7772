// SPDX-License-Identifier: MIT
#include "core/mutex.hpp"

#include "loop/condition.hpp"
#include "support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

using pollux::Condition;
using pollux::Lock;
using pollux::Mutex;

TEST_CASE("of threads that want a mutex one has it at a time, and each gets it") {
    constexpr int kThreads = 4;
    constexpr int kTurns = 20'000;
    Mutex mutex;
    int turns = 0;  // a lost update would show, and so would a race under TSan
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (int turn = 0; turn < kTurns; ++turn) {
                const Lock lock(mutex);
                const int before = turns;
                if (turn % 64 == 0) std::this_thread::yield();  // so that others go to sleep
                turns = before + 1;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(turns == kThreads * kTurns);
}

TEST_CASE("a notification that comes before the sleep has begun is not lost") {
    constexpr int kRounds = 5'000;
    Mutex mutex;
    Condition changed;
    int ball = 0;
    const auto play = [&](int mine) {
        const Lock lock(mutex);
        for (int round = 0; round < kRounds; ++round) {
            while (ball != mine)
                changed.wait(mutex);
            ball = 1 - mine;
            changed.notify_one();
        }
    };
    std::thread other([&] { play(1); });
    play(0);
    other.join();
    CHECK(ball == 0);
}

TEST_CASE("a mutex that was held and wanted when the process forked is free in the child") {
    Mutex mutex;
    mutex.lock();
    std::atomic<bool> is_coming = false;
    std::thread other([&] {
        is_coming = true;
        const Lock lock(mutex);
    });
    while (!is_coming)
        std::this_thread::yield();
    const pid_t child = fork();
    if (child == 0) {
        mutex.unlock_after_fork();
        mutex.lock();
        mutex.unlock();
        _exit(0);
    }
    mutex.unlock();
    other.join();
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}
