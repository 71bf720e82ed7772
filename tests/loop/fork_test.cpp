// SPDX-License-Identifier: MIT
// A loop of the parent in a child process: unusable until plx_loop_after_fork(), then on its own.
// What a child finds out it tells by its exit status.
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/processes.hpp"
#include "support/signals.hpp"
#include "support/threads.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

using namespace support;

namespace {

pid_t start_child(int status) {
    const pid_t pid = fork();
    if (pid == 0) _exit(status);
    REQUIRE(pid > 0);
    return pid;
}

int after_fork(const Loop& loop) {
    return plx_loop_after_fork(loop.get());
}

// Work that takes until `release` is set.
struct SlowWork {
    std::atomic<bool> has_begun = false;
    std::atomic<bool> release = false;
    std::atomic<int> done = 0;

    int start(const Loop& loop, plx_handle* out) {
        return plx_work_start(loop.get(), out, run, finish, this);
    }
    static void run(void* user) {
        auto* self = static_cast<SlowWork*>(user);
        self->has_begun = true;
        while (!self->release)
            sleep_for_ms(1);
    }
    static void finish(plx_loop*, plx_handle, int, void* user) {
        ++static_cast<SlowWork*>(user)->done;
    }
};

}  // namespace

TEST_CASE("in a child a loop refuses to run until after_fork, which does nothing in the parent") {
    FOR_EACH_BACKEND(backend);
    const Loop loop(backend);
    CHECK(plx_loop_after_fork(nullptr) == -EINVAL);
    CHECK(after_fork(loop) == 0);
    CHECK(loop.run_nowait() == 0);
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(loop.run_nowait() == -EINVAL);
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(loop.run_nowait() == 0);
              return kChildOk;
          }));
}

TEST_CASE("timers, I/O and signals go on in the child, each process on its own") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int io = 0;
    int timers = 0;
    int signals = 0;
    loop.io(pair.ours, PLX_READABLE, [&](plx_handle its, uint32_t) {
        ++io;
        drain(pair.ours);
        loop.close(its);
    });
    loop.timer(kMoment, 0, [&](plx_handle) { ++timers; });
    loop.signal(SIGUSR1, [&](plx_handle its, int) {
        ++signals;
        loop.close(its);
    });
    const auto go_on = [&] {
        CHILD_REQUIRE(write(pair.theirs, "x", 1) == 1);
        CHILD_REQUIRE(raise(SIGUSR1) == 0);
        CHILD_REQUIRE(loop.run() == 0);
        CHILD_REQUIRE(io == 1);
        CHILD_REQUIRE(timers == 1);
        CHILD_REQUIRE(signals == 1);
        return kChildOk;
    };
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(after_fork(loop) == 0);
              return go_on();
          }));
    CHECK(io + timers + signals == 0);
    CHECK(go_on() == kChildOk);
}

TEST_CASE("a changed interest that had not reached the kernel holds in the child") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int calls = 0;
    const plx_handle handle = loop.io(pair.ours, 0, [&](plx_handle its, uint32_t) {
        ++calls;
        loop.close(its);
    });
    CHECK(plx_io_set(loop.get(), handle, PLX_WRITABLE) == 0);
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(loop.run() == 0);
              CHILD_REQUIRE(calls == 1);
              return kChildOk;
          }));
    CHECK(loop.run() == 0);
    CHECK(calls == 1);
}

TEST_CASE("a handle that the child closes before after_fork is gone after it") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int calls = 0;
    const auto count = [&](plx_handle, uint32_t) { ++calls; };
    const plx_handle handle = loop.io(pair.ours, PLX_WRITABLE, count);
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(loop.close(handle) == 0);
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(loop.run() == 0);
              CHILD_REQUIRE(calls == 0);
              loop.io(pair.ours, PLX_WRITABLE, count);
              CHILD_REQUIRE(loop.run_once() == 1);
              CHILD_REQUIRE(calls == 1);
              return kChildOk;
          }));
    CHECK(loop.run_once() == 1);
    CHECK(calls == 1);
}

TEST_CASE("children and work stay with the parent, which is told of them") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    const size_t open_before = open_fds().size();
    int ended = 0;
    SlowWork running;
    SlowWork queued;
    plx_handle work[2] = {};
    REQUIRE(running.start(loop, &work[0]) == 0);
    REQUIRE(queued.start(loop, &work[1]) == 0);
    while (!running.has_begun)
        sleep_for_ms(1);
    const plx_handle child = loop.child(start_child(3), [&](plx_handle, int status) {
        CHECK(status == 3 << 8);
        ++ended;
    });
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(loop.close(child) == -ENOENT);
              CHILD_REQUIRE(loop.close(work[0]) == -ENOENT);
              CHILD_REQUIRE(loop.close(work[1]) == -ENOENT);
              CHILD_REQUIRE(open_fds().size() == open_before);
              CHILD_REQUIRE(loop.run() == 0);
              CHILD_REQUIRE(ended + running.done + queued.done == 0);
              CHILD_REQUIRE(loop.stats().work_threads == 0);
              return kChildOk;
          }));
    CHECK(ended == 0);
    running.release = queued.release = true;
    CHECK(loop.run() == 0);
    CHECK(ended == 1);
    CHECK(running.done == 1);
    CHECK(queued.done == 1);
}

TEST_CASE("a child process has children and work of its own on the same loop") {
    FOR_EACH_BACKEND(backend);
    // No watchdog: the thread sanitizer forbids threads after a fork amid threads.
    Loop loop(backend);
    int ended = 0;
    loop.child(start_child(0), [&](plx_handle, int) { ++ended; });
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(after_fork(loop) == 0);
              SlowWork work;
              work.release = true;
              CHILD_REQUIRE(work.start(loop, nullptr) == 0);
              loop.child(start_child(0), [&](plx_handle, int) { ++ended; });
              CHILD_REQUIRE(loop.run() == 0);
              CHILD_REQUIRE(ended == 1);
              CHILD_REQUIRE(work.done == 1);
              return kChildOk;
          }));
    CHECK(loop.run() == 0);
    CHECK(ended == 1);
}

TEST_CASE("posts run in the parent only, and the child can post anew") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    int posts = 0;
    loop.post([&] { ++posts; });
    const auto never = [](plx_loop*, void*) { _exit(99); };
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(plx_post(loop.get(), never, nullptr) == -EINVAL);
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(loop.run() == 0);
              CHILD_REQUIRE(posts == 0);
              loop.post([&] { posts += 10; });
              CHILD_REQUIRE(loop.run() == 0);
              CHILD_REQUIRE(posts == 10);
              return kChildOk;
          }));
    CHECK(loop.run() == 0);
    CHECK(posts == 1);
}

TEST_CASE("a signal is for the process that it came to, before after_fork too") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    int before = 0;
    int after = 0;
    loop.signal(SIGUSR1, [&](plx_handle, int) { ++before; });
    const plx_handle keeper = loop.signal(SIGUSR2, [&](plx_handle, int) { ++after; });
    raise(SIGUSR1);
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(raise(SIGUSR2) == 0);
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(loop.run_once() == 1);
              CHILD_REQUIRE(before == 0);
              CHILD_REQUIRE(after == 1);
              CHILD_REQUIRE(raise(SIGUSR1) == 0);
              CHILD_REQUIRE(loop.run_once() == 1);
              CHILD_REQUIRE(before == 1);
              return kChildOk;
          }));
    CHECK(loop.run_once() == 1);
    CHECK(before == 1);
    CHECK(after == 0);
    CHECK(loop.close(keeper) == 0);
}

TEST_CASE("signals in the child do not wake the parent") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int calls = 0;
    loop.signal(SIGUSR1, [&](plx_handle, int) { ++calls; });
    loop.timer(kMoment, 0, [](plx_handle) {});
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(raise(SIGUSR1) == 0);
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(raise(SIGUSR1) == 0);
              CHILD_REQUIRE(loop.run_once() == 1);
              CHILD_REQUIRE(calls == 1);
              return kChildOk;
          }));
    CHECK(loop.run_once() == 1);
    CHECK(calls == 0);
    CHECK(loop.stats().wakes == 0);
}

TEST_CASE("the child closes and restores for itself alone") {
    FOR_EACH_BACKEND(backend);
    static std::atomic<int> handled = 0;
    handled = 0;
    const Installed installed(SIGUSR1, [](int) { ++handled; });
    Loop loop(backend);
    int calls = 0;
    const plx_handle handle = loop.signal(SIGUSR1, [&](plx_handle, int) { ++calls; });
    const auto ours = current_action(SIGUSR1).sa_handler;
    CHECK(kChildOk == run_in_child([&] {
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(loop.close(handle) == 0);
              CHILD_REQUIRE(current_action(SIGUSR1).sa_handler != ours);
              CHILD_REQUIRE(raise(SIGUSR1) == 0);
              CHILD_REQUIRE(handled == 1);
              CHILD_REQUIRE(loop.run_nowait() == 0);
              CHILD_REQUIRE(calls == 0);
              return kChildOk;
          }));
    CHECK(current_action(SIGUSR1).sa_handler == ours);
    raise(SIGUSR1);
    CHECK(loop.run_once() == 1);
    CHECK(calls == 1);
}

TEST_CASE("after_fork within a callback lets the loop go on in both processes") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    pid_t pid = -1;
    int later = 0;
    int failure = 0;
    loop.timer(0, 0, [&](plx_handle) {
        pid = fork();
        if (pid == 0) failure = after_fork(loop);
        loop.timer(kMoment, 0, [&](plx_handle) { ++later; });
    });
    const int rc = loop.run();
    if (pid == 0) _exit(rc == 0 && failure == 0 && later == 1 ? kChildOk : 1);
    CHECK(rc == 0);
    CHECK(later == 1);
    int status = -1;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
}

TEST_CASE("without descriptors after_fork fails, and can be repeated") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int ended = 0;
    int timers = 0;
    const plx_handle child = loop.child(start_child(0), [&](plx_handle, int) { ++ended; });
    loop.timer(0, 0, [&](plx_handle) { ++timers; });
    CHECK(kChildOk == run_in_child([&] {
              const size_t open_before = open_fds().size();
              {
                  const FdLimit none = FdLimit::nothing();
                  CHILD_REQUIRE(after_fork(loop) == -EMFILE);
              }
              CHILD_REQUIRE(open_fds().size() <= open_before);
              CHILD_REQUIRE(loop.run_nowait() == -EINVAL);
              CHILD_REQUIRE(after_fork(loop) == 0);
              CHILD_REQUIRE(loop.close(child) == -ENOENT);
              CHILD_REQUIRE(loop.run() == 0);
              CHILD_REQUIRE(timers == 1);
              return kChildOk;
          }));
    CHECK(loop.run() == 0);
    CHECK(ended == 1);
    CHECK(timers == 1);
}

TEST_CASE("a loop can be destroyed in the child without after_fork, and lives on in the parent") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    int ended = 0;
    SlowWork running;
    SlowWork queued;
    REQUIRE(running.start(loop, nullptr) == 0);
    REQUIRE(queued.start(loop, nullptr) == 0);
    while (!running.has_begun)
        sleep_for_ms(1);
    loop.child(start_child(0), [&](plx_handle, int) { ++ended; });
    const plx_handle signal = loop.signal(SIGUSR1, [](plx_handle, int) {});
    loop.post([] {});
    CHECK(kChildOk == run_in_child([&] {
              loop.destroy();
              CHILD_REQUIRE(current_action(SIGUSR1).sa_handler == SIG_DFL);
              return kChildOk;
          }));
    running.release = queued.release = true;
    CHECK(loop.close(signal) == 0);
    CHECK(loop.run() == 0);
    CHECK(ended == 1);
    CHECK(queued.done == 1);
}

TEST_CASE("a fork amid signals to other threads leaves a child that can close its handles") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Installed installed(SIGUSR1, SIG_IGN);
    Loop loop(backend);
    const plx_handle handle = loop.signal(SIGUSR1, [](plx_handle, int) {});
    std::atomic<bool> stop = false;
    const auto storm = [&] {
        accept_signals();
        while (!stop)
            pthread_kill(pthread_self(), SIGUSR1);
    };
    Thread one(storm);
    Thread two(storm);
    int good = 0;
    for (int round = 0; round < 50; ++round) {
        good += kChildOk == run_in_child([&] {
                    CHILD_REQUIRE(after_fork(loop) == 0);
                    CHILD_REQUIRE(raise(SIGUSR1) == 0);
                    CHILD_REQUIRE(loop.run_once() == 1);
                    CHILD_REQUIRE(loop.close(handle) == 0);
                    CHILD_REQUIRE(loop.run_nowait() == 0);
                    return kChildOk;
                });
    }
    stop = true;
    CHECK(good == 50);
}
