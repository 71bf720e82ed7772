// SPDX-License-Identifier: MIT
// Each system call that making a loop or starting something needs fails in its turn.
#include "support/faults.hpp"
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/processes.hpp"
#include "support/threads.hpp"
#include "support/work.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>

using namespace support;
using faults::Call;
using faults::Fault;

namespace {

struct Kind {
    Call call;
    int error;
};

// Threads first: once there is one, work needs no other.
constexpr Kind kKinds[] = {
    {Call::kThread, EAGAIN},    {Call::kEpollCreate, EMFILE}, {Call::kEpollControl, ENOSPC},
    {Call::kEventfd, ENFILE},   {Call::kFcntl, EMFILE},       {Call::kDup3, EMFILE},
    {Call::kFstat, EBADF},      {Call::kAtfork, ENOMEM},      {Call::kPidfd, EMFILE},
    {Call::kSigaction, EINVAL},
};

// Fails the first call of a kind, then the second, and so on, until `start` makes no more of them;
// each kind in turn. `undo` takes back what has succeeded. How many failures there were.
int fail_each_call(const std::function<int()>& start, const std::function<void()>& undo,
                   const std::function<bool()>& is_same) {
    int struck = 0;
    for (const Kind& kind : kKinds) {
        for (int n = 0;; ++n) {
            INFO("kind " << static_cast<int>(kind.call) << ", call " << n);
            int rc;
            bool has_struck;
            {
                const Fault fault(kind.call, kind.error, n);
                rc = start();
                has_struck = fault.has_struck();
            }
            CHECK(rc == (has_struck ? -kind.error : 0));
            if (rc == 0) undo();
            REQUIRE(is_same());
            if (!has_struck) break;
            ++struck;
        }
    }
    return struck;
}

uint64_t open_handles(const Loop& loop) {
    const plx_loop_stats stats = loop.stats();
    return stats.signal_handles + stats.child_handles + stats.work_handles;
}

void on_number(plx_loop*, plx_handle, int, void*) {}

void say(const char* what, int struck) {
    std::printf("%s: %d faults\n", what, struck);
    CHECK(struck > 0);
}

}  // namespace

TEST_CASE("without any of its system calls no loop is made, and nothing is left of it") {
    FOR_EACH_BACKEND(backend);
    const int64_t live = faults::live_allocations();
    const auto open = open_fds();
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    options.backend = backend;
    plx_loop* loop = nullptr;
    say("plx_loop_create", fail_each_call([&] { return plx_loop_create(&loop, &options); },
                                          [&] { plx_loop_destroy(std::exchange(loop, nullptr)); },
                                          [&] { return loop == nullptr && open_fds() == open; }));
    CHECK(faults::live_allocations() == live);
}

TEST_CASE("without any of its system calls no signal is watched, and later it is") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const auto open = open_fds();
    plx_handle handle = 0;
    say("plx_signal_start",
        fail_each_call(
            [&] { return plx_signal_start(loop.get(), &handle, SIGUSR1, on_number, nullptr); },
            [&] { CHECK(loop.close(handle) == 0); },
            [&] { return open_handles(loop) == 0 && open_fds() == open; }));
    int told = 0;
    const plx_handle own = loop.signal(SIGUSR1, [&](plx_handle, int) { ++told; });
    REQUIRE(raise(SIGUSR1) == 0);
    CHECK(loop.run_nowait() == 1);
    CHECK(told == 1);
    CHECK(loop.close(own) == 0);
}

TEST_CASE("without any of its system calls no child is waited for, and later it is") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const Child child([] { return pause(); });
    const auto open = open_fds();
    plx_handle handle = 0;
    say("plx_child_start",
        fail_each_call(
            [&] { return plx_child_start(loop.get(), &handle, child.pid(), on_number, nullptr); },
            [&] { CHECK(loop.close(handle) == 0); },
            [&] { return open_handles(loop) == 0 && open_fds() == open; }));
    int told = 0;
    loop.child(child.pid(), [&](plx_handle, int) { ++told; });
    REQUIRE(kill(child.pid(), SIGKILL) == 0);
    CHECK(loop.run() == 0);
    CHECK(told == 1);
}

TEST_CASE("without any of its system calls no work is started, and later it is") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const auto open = open_fds();
    Work work(nothing);
    say("plx_work_start",
        fail_each_call([&] { return work.start(loop); }, [&] { CHECK(loop.run() == 0); },
                       [&] { return open_handles(loop) == 0 && open_fds() == open; }));
    REQUIRE(work.start(loop) == 0);
    CHECK(loop.run() == 0);
    CHECK(work.told().back() == 0);
}
