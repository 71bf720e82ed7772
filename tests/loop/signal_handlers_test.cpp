// SPDX-License-Identifier: MIT
// What becomes of the program's own handlers.
#include "support/loop.hpp"
#include "support/processes.hpp"
#include "support/signals.hpp"
#include "support/threads.hpp"

#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

using namespace support;

namespace {

// What the handlers of this program, as against the library's, have seen.
std::atomic<int> plain_calls = 0;
std::atomic<int> detailed_calls = 0;
std::atomic<int> sender = 0;
std::atomic<int> errno_seen = 0;

void on_plain(int) {
    ++plain_calls;
    errno_seen = errno;
}

void on_detailed(int, siginfo_t* info, void* context) {
    detailed_calls += context != nullptr ? 1 : 1000;
    sender = info->si_pid;
}

void forget_calls() {
    plain_calls = detailed_calls = sender = 0;
}

void ignore(plx_handle, int) {}

}  // namespace

TEST_CASE("the program's handler is called too, and comes back with the last handle of any loop") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    const Installed installed(SIGUSR1, on_plain, SA_RESTART);
    const auto before = current_action(SIGUSR1);
    Loop loop(backend);
    Loop other(backend);
    int calls = 0;
    const plx_handle handle = loop.signal(SIGUSR1, [&](plx_handle, int) { ++calls; });
    const plx_handle twin = loop.signal(SIGUSR1, ignore);
    const plx_handle elsewhere = other.signal(SIGUSR1, ignore);
    raise(SIGUSR1);
    CHECK(plain_calls == 1);
    CHECK(loop.run_once() == 1);
    CHECK(calls == 1);
    CHECK(loop.close(handle) == 0);
    CHECK(loop.close(twin) == 0);
    CHECK(current_action(SIGUSR1).sa_handler != on_plain);
    raise(SIGUSR1);
    CHECK(plain_calls == 2);
    CHECK(other.close(elsewhere) == 0);
    const auto after = current_action(SIGUSR1);
    CHECK(after.sa_handler == on_plain);
    CHECK(after.sa_flags == before.sa_flags);
    CHECK(sigismember(&after.sa_mask, SIGWINCH) == 1);
    CHECK(sigismember(&after.sa_mask, SIGUSR2) == 0);
    raise(SIGUSR1);
    CHECK(plain_calls == 3);
}

TEST_CASE("the program's handler gets what it was promised: details, mask, flags and errno") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    Loop loop(backend);
    SECTION("details") {
        const Installed installed(SIGUSR2, on_detailed);
        const plx_handle handle = loop.signal(SIGUSR2, ignore);
        kill(getpid(), SIGUSR2);
        CHECK(detailed_calls == 1);
        CHECK(sender == getpid());
        CHECK(loop.close(handle) == 0);
        CHECK(current_action(SIGUSR2).sa_sigaction == on_detailed);
    }
    SECTION("the signals blocked in it, and whether system calls are restarted") {
        const Installed installed(SIGUSR2, on_plain);
        const plx_handle handle = loop.signal(SIGUSR2, ignore);
        const auto ours = current_action(SIGUSR2);
        CHECK(sigismember(&ours.sa_mask, SIGWINCH) == 1);
        CHECK((ours.sa_flags & SA_RESTART) == 0);
        CHECK(loop.close(handle) == 0);
    }
    SECTION("errno as it would be without us") {
        const Installed installed(SIGUSR2, on_plain);
        errno = EDOM;
        raise(SIGUSR2);
        const int seen_before = errno_seen;
        const plx_handle handle = loop.signal(SIGUSR2, ignore);
        errno = EDOM;
        raise(SIGUSR2);
        CHECK(errno == EDOM);
        CHECK(errno_seen == seen_before);
        CHECK(loop.close(handle) == 0);
    }
}

TEST_CASE("a program's handler for one call only is called once, and does not come back") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    const Installed installed(SIGUSR1, on_plain, static_cast<int>(SA_RESETHAND));
    Loop loop(backend);
    const plx_handle handle = loop.signal(SIGUSR1, ignore);
    raise(SIGUSR1);
    raise(SIGUSR1);
    CHECK(plain_calls == 1);
    CHECK(loop.close(handle) == 0);
    CHECK(current_action(SIGUSR1).sa_handler == SIG_DFL);
}

TEST_CASE("what the program ignored is told of, and is ignored again after the close") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    const Installed installed(SIGHUP, SIG_IGN);
    int calls = 0;
    {
        Loop loop(backend);
        loop.signal(SIGHUP, [&](plx_handle, int) { ++calls; });
        raise(SIGHUP);
        CHECK(loop.run_once() == 1);
    }
    CHECK(calls == 1);
    CHECK(current_action(SIGHUP).sa_handler == SIG_IGN);
    raise(SIGHUP);
}

TEST_CASE("a handler that the program installs over ours stays after the close") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    const Installed before(SIGUSR1, SIG_IGN);
    Loop loop(backend);
    const plx_handle handle = loop.signal(SIGUSR1, ignore);
    {
        const Installed over(SIGUSR1, on_plain);
        CHECK(loop.close(handle) == 0);
        CHECK(current_action(SIGUSR1).sa_handler == on_plain);
        // And is called by the next one.
        const plx_handle next = loop.signal(SIGUSR1, ignore);
        raise(SIGUSR1);
        CHECK(plain_calls == 1);
        CHECK(loop.close(next) == 0);
        CHECK(current_action(SIGUSR1).sa_handler == on_plain);
    }
}

namespace {

struct sigaction covered {};

// Calls what it has covered, as a well-behaved handler does.
void on_covering(int signo, siginfo_t* info, void* context) {
    ++detailed_calls;
    if ((covered.sa_flags & SA_SIGINFO) != 0) {
        covered.sa_sigaction(signo, info, context);
    } else if (covered.sa_handler != SIG_DFL && covered.sa_handler != SIG_IGN) {
        covered.sa_handler(signo);
    }
}

}  // namespace

TEST_CASE("a handler over ours that calls ours is called once a signal, however often we close") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    const Installed first(SIGUSR1, on_plain);
    Loop loop(backend);
    int told = 0;
    const auto count = [&](plx_handle, int) { ++told; };
    plx_handle handle = loop.signal(SIGUSR1, count);
    const Installed over(SIGUSR1, on_covering);
    covered = over.before();
    raise(SIGUSR1);
    CHECK(detailed_calls == 1);
    CHECK(plain_calls == 1);
    for (int round = 1; round <= 10; ++round) {
        CHECK(loop.close(handle) == 0);
        handle = loop.signal(SIGUSR1, count);
        raise(SIGUSR1);
        CHECK(detailed_calls == 1 + round);
        CHECK(plain_calls == 1 + round);
        CHECK(loop.run_once() == 1);
        CHECK(told == round);
    }
    CHECK(loop.close(handle) == 0);
    raise(SIGUSR1);
    CHECK(detailed_calls == 12);
    CHECK(plain_calls == 12);
}

TEST_CASE(
    "our handler brought back by the program after the close lets the default action happen") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    const Installed before(SIGHUP, SIG_DFL);
    Loop loop(backend);
    const plx_handle handle = loop.signal(SIGHUP, ignore);
    {
        const Installed over(SIGHUP, on_plain);
        CHECK(loop.close(handle) == 0);
    }
    REQUIRE(current_action(SIGHUP).sa_handler != SIG_DFL);
    const Child child([] {
        raise(SIGHUP);
        return kChildOk;
    });
    int status = 0;
    REQUIRE(waitpid(child.pid(), &status, 0) == child.pid());
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGHUP);
}

namespace {

sigjmp_buf jump_target;

void on_jump(int) {
    siglongjmp(jump_target, 1);
}

bool raise_and_jump(int signo) {
    if (sigsetjmp(jump_target, 1) != 0) return true;
    raise(signo);
    return false;
}

}  // namespace

TEST_CASE("a program's handler that jumps out of ours leaves everything working") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    const Installed jumping(SIGUSR1, on_jump);
    Loop loop(backend);
    int calls = 0;
    const plx_handle handle = loop.signal(SIGUSR1, [&](plx_handle, int) { ++calls; });
    for (int i = 0; i < 3; ++i) {
        CHECK(raise_and_jump(SIGUSR1));
        CHECK(loop.run_once() == 1);
    }
    CHECK(calls == 3);
    CHECK(loop.close(handle) == 0);
    CHECK(current_action(SIGUSR1).sa_handler == on_jump);
}

TEST_CASE("loops come and go in threads while signals keep coming") {
    FOR_EACH_BACKEND(backend);
    forget_calls();
    const Watchdog watchdog;
    const Installed before(SIGUSR1, on_plain);
    std::atomic<bool> stop = false;
    std::atomic<int> failures = 0;
    Thread storm([&] {
        accept_signals();
        while (!stop)
            kill(getpid(), SIGUSR1);
    });
    const auto come_and_go = [&] {
        accept_signals();
        for (int round = 0; round < 100; ++round) {
            plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
            options.backend = backend;
            plx_loop* loop = nullptr;
            plx_handle handles[2];
            failures += plx_loop_create(&loop, &options) != 0;
            const auto callback = [](plx_loop* its, plx_handle handle, int, void*) {
                plx_close(its, handle);
            };
            for (plx_handle& handle : handles) {
                failures += plx_signal_start(loop, &handle, SIGUSR1, callback, nullptr) != 0;
            }
            if (round % 4 == 0) {
                plx_close(loop, handles[0]);
            } else if (round % 4 == 1) {
                failures += plx_loop_run(loop, PLX_RUN_DEFAULT) != 0;
            }
            plx_loop_destroy(loop);
        }
    };
    {
        Thread one(come_and_go);
        Thread two(come_and_go);
    }
    stop = true;
    storm.join();
    CHECK(failures == 0);
    CHECK(plain_calls > 0);
    CHECK(current_action(SIGUSR1).sa_handler == on_plain);
}
