// SPDX-License-Identifier: MIT
// Signals: who is told, and when.
#include "support/signals.hpp"
#include "support/loop.hpp"
#include "support/threads.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

using namespace support;

namespace {

void ignore(plx_handle, int) {}

}  // namespace

TEST_CASE("every handle of a signal is told, in the order of starting, on each of two loops") {
    FOR_EACH_BACKEND(backend);
    Loop one(backend);
    Loop other(backend);
    std::string told;
    const auto append = [&](char name) {
        return [&told, name](plx_handle, int signo) { told += signo == SIGUSR1 ? name : '?'; };
    };
    one.signal(SIGUSR1, append('a'));
    one.signal(SIGUSR2, append('-'));
    one.signal(SIGUSR1, append('b'));
    other.signal(SIGUSR1, append('c'));
    other.signal(SIGUSR1, append('d'));
    REQUIRE(raise(SIGUSR1) == 0);
    CHECK(one.run_once() == 1);
    CHECK(told == "ab");
    CHECK(other.run_once() == 1);
    CHECK(told == "abcd");
    CHECK(one.run_nowait() == 1);
    CHECK(told == "abcd");
    CHECK(one.stats().signals == 2);
    CHECK(one.stats().signal_handles == 3);
}

TEST_CASE("a callback gets its handle and the number, and several signals count as one") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int calls = 0;
    plx_handle given = 0;
    const plx_handle handle = loop.signal(SIGUSR1, [&](plx_handle its, int signo) {
        CHECK(signo == SIGUSR1);
        given = its;
        ++calls;
    });
    for (int i = 0; i < 3; ++i)
        raise(SIGUSR1);
    CHECK(loop.run_once() == 1);
    CHECK(given == handle);
    CHECK(calls == 1);
    raise(SIGUSR1);
    CHECK(loop.run_once() == 1);
    CHECK(calls == 2);
}

TEST_CASE("a signal that comes while callbacks run is told of in the next iteration") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    std::string order;
    loop.signal(SIGUSR1, [&](plx_handle its, int) {
        order += 's';
        if (order == "tps") return;
        loop.close(its);
    });
    loop.timer(0, 0, [&](plx_handle) {
        order += 't';
        raise(SIGUSR1);
    });
    loop.post([&] { order += 'p'; });
    CHECK(loop.run_once() == 1);
    CHECK(order == "tp");
    loop.post([&] { raise(SIGUSR1); });
    CHECK(loop.run() == 0);
    CHECK(order == "tpss");
}

TEST_CASE("a signal wakes a loop that waits, whichever thread it comes from") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    std::vector<int> told;
    const auto stop_after = [&](plx_handle its, int signo) {
        told.push_back(signo);
        loop.close(its);
    };
    SECTION("sent to the process") {
        loop.signal(SIGUSR1, stop_after);
        Thread thread([] {
            let_others_block();
            kill(getpid(), SIGUSR1);
        });
        CHECK(loop.run() == 0);
        CHECK(told == std::vector<int>{SIGUSR1});
    }
    SECTION("sent to another thread only") {
        loop.signal(SIGUSR2, stop_after);
        Thread thread([] {
            accept_signals();
            let_others_block();
            pthread_kill(pthread_self(), SIGUSR2);
        });
        CHECK(loop.run() == 0);
        CHECK(told == std::vector<int>{SIGUSR2});
    }
}

TEST_CASE("a handle that an earlier callback closed is not told") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    std::string told;
    plx_handle first = 0;
    plx_handle second = 0;
    plx_handle third = 0;
    first = loop.signal(SIGUSR1, [&](plx_handle, int) {
        told += 'a';
        CHECK(loop.close(second) == 0);
        CHECK(loop.close(first) == 0);
    });
    second = loop.signal(SIGUSR1, [&](plx_handle, int) { told += 'b'; });
    third = loop.signal(SIGUSR1, [&](plx_handle its, int) {
        told += 'c';
        CHECK(loop.close(its) == 0);
    });
    raise(SIGUSR1);
    CHECK(loop.run() == 0);
    CHECK(told == "ac");
    CHECK(loop.close(third) == -ENOENT);
    CHECK(loop.stats().signal_handles == 0);
}

TEST_CASE("a handle that a callback starts is not told of a signal from before") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int old_calls = 0;
    int new_calls = 0;
    plx_handle old = loop.signal(SIGUSR1, [&](plx_handle its, int) {
        ++old_calls;
        loop.close(its);
        // Its slot is likely the one just freed.
        loop.signal(SIGUSR1, [&](plx_handle, int) { ++new_calls; });
    });
    loop.timer(0, 0,
               [&](plx_handle) { loop.signal(SIGUSR1, [&](plx_handle, int) { ++new_calls; }); });
    raise(SIGUSR1);
    CHECK(loop.run_once() == 1);
    CHECK(old_calls == 1);
    CHECK(new_calls == 0);
    CHECK(loop.close(old) == -ENOENT);
    CHECK(loop.run_nowait() == 1);
    CHECK(new_calls == 0);
    raise(SIGUSR1);
    CHECK(loop.run_once() == 1);
    CHECK(new_calls == 2);
}

TEST_CASE("closing the last handle of a signal forgets what was pending") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const plx_handle first = loop.signal(SIGUSR1, ignore);
    raise(SIGUSR1);
    CHECK(loop.close(first) == 0);
    int calls = 0;
    loop.signal(SIGUSR1, [&](plx_handle, int) { ++calls; });
    CHECK(loop.run_nowait() == 1);
    CHECK(calls == 0);
}

TEST_CASE("a signal handle that does not keep the loop running is told while it runs") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int calls = 0;
    const plx_handle handle = loop.signal(SIGUSR1, [&](plx_handle, int) { ++calls; });
    CHECK(plx_unref(loop.get(), handle) == 0);
    CHECK(loop.run() == 0);
    raise(SIGUSR1);
    CHECK(loop.run_nowait() == 0);
    CHECK(calls == 1);
}

TEST_CASE("a loop that is destroyed in a signal's callback tells nobody more") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int calls = 0;
    loop.signal(SIGUSR1, [&](plx_handle, int) {
        ++calls;
        loop.destroy();
    });
    loop.signal(SIGUSR1, [&](plx_handle, int) { ++calls; });
    plx_loop* const raw = loop.get();
    raise(SIGUSR1);
    CHECK(plx_loop_run(raw, PLX_RUN_ONCE) == -ECANCELED);
    CHECK(calls == 1);
    CHECK(current_action(SIGUSR1).sa_handler == SIG_DFL);
}

TEST_CASE("numbers that are no signals, or cannot or should not be caught, are refused") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const auto callback = [](plx_loop*, plx_handle, int, void*) {};
    for (const int signo : {-1, 0, 128, 129, 1'000'000, INT32_MAX, INT32_MIN, SIGKILL, SIGSTOP,
                            SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        CAPTURE(signo);
        plx_handle handle = 77;
        CHECK(plx_signal_start(loop.get(), &handle, signo, callback, nullptr) == -EINVAL);
        CHECK(handle == 77);
    }
    plx_handle handle = 77;
    CHECK(plx_signal_start(nullptr, &handle, SIGUSR1, callback, nullptr) == -EINVAL);
    CHECK(plx_signal_start(loop.get(), nullptr, SIGUSR1, callback, nullptr) == -EINVAL);
    CHECK(plx_signal_start(loop.get(), &handle, SIGUSR1, nullptr, nullptr) == -EINVAL);
    CHECK(handle == 77);
    CHECK(loop.stats().signal_handles == 0);
    CHECK(loop.run_nowait() == 0);
}

TEST_CASE("every signal that can be caught can be watched, and is left as it was") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    std::vector<int> told;
    for (const int signo : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
                            SIGCHLD, SIGCONT, SIGWINCH, SIGIO, SIGURG, SIGTSTP, SIGABRT}) {
        // In the place of the test framework's.
        const Installed installed(signo, SIG_DFL);
        const plx_handle handle =
            loop.signal(signo, [&](plx_handle, int its) { told.push_back(its); });
        raise(signo);
        CHECK(loop.run_once() == 1);
        CHECK(told == std::vector<int>{signo});
        told.clear();
        CHECK(loop.close(handle) == 0);
        CHECK(current_action(signo).sa_handler == SIG_DFL);
    }
}
