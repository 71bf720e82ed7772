// SPDX-License-Identifier: MIT
// Children: each is told of once, and nobody else's is touched. Run twice where the system has
// descriptors for processes, the second time without them; see no_process_fds.cpp.
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
#include <map>
#include <string>
#include <vector>

using namespace support;

namespace {

// A child that the loop, or the test, is to wait for.
pid_t start_child(int status) {
    const pid_t pid = fork();
    if (pid == 0) _exit(status);
    REQUIRE(pid > 0);
    return pid;
}

// One that lives until it is killed, or `leave` is closed.
pid_t start_staying_child(const Pair& leave, int status = 0) {
    const pid_t pid = fork();
    if (pid == 0) {
        close(leave.theirs);
        fcntl(leave.ours, F_SETFL, 0);
        char byte;
        while (read(leave.ours, &byte, 1) < 0 && errno == EINTR) {
        }
        _exit(status);
    }
    REQUIRE(pid > 0);
    return pid;
}

// Until it has ended; leaves its status to be had.
void let_end(pid_t pid) {
    siginfo_t info;
    REQUIRE(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
}

int exit_status(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return -errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1000;
}

void ignore(plx_handle, int) {}

int try_child(const Loop& loop, int64_t pid, plx_handle* out) {
    return plx_child_start(
        loop.get(), out, pid, [](plx_loop*, plx_handle, int, void*) {}, nullptr);
}

}  // namespace

TEST_CASE("fifty children are told of once each, with the status that each has") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const auto open_before = open_fds();
    std::map<plx_handle, int> wanted;
    std::map<plx_handle, int> told;
    for (int status = 0; status < 50; ++status) {
        const plx_handle handle = loop.child(start_child(status), [&](plx_handle its, int given) {
            REQUIRE(told.count(its) == 0);
            told[its] = given;
        });
        wanted[handle] = status << 8;
    }
    CHECK(loop.stats().child_handles == 50);
    CHECK(loop.run() == 0);
    CHECK(told == wanted);
    CHECK(loop.stats().child_handles == 0);
    CHECK(open_fds() == open_before);
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("the status of a child that was killed says by which signal") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const Pair leave = make_pipe();
    const pid_t pid = start_staying_child(leave);
    int given = 0;
    loop.child(pid, [&](plx_handle, int status) { given = status; });
    CHECK(loop.run_nowait() == 1);
    kill(pid, SIGKILL);
    CHECK(loop.run() == 0);
    CHECK(WIFSIGNALED(given));
    CHECK(WTERMSIG(given) == SIGKILL);
}

TEST_CASE("a child that ended before it was watched is told of") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const pid_t pid = start_child(7);
    let_end(pid);
    int given = -1;
    loop.child(pid, [&](plx_handle, int status) { given = status; });
    CHECK(loop.run() == 0);
    CHECK(WIFEXITED(given));
    CHECK(WEXITSTATUS(given) == 7);
    CHECK(exit_status(pid) == -ECHILD);
}

TEST_CASE("a child that nobody watches is left to whoever started it") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const pid_t other = start_child(3);
    let_end(other);
    int calls = 0;
    loop.signal(SIGCHLD, [&](plx_handle its, int) { loop.close(its); });
    for (int i = 0; i < 3; ++i) {
        loop.child(start_child(0), [&](plx_handle, int) { ++calls; });
    }
    CHECK(loop.run() == 0);
    CHECK(calls == 3);
    CHECK(exit_status(other) == 3);
}

TEST_CASE("a closed handle leaves the child alone, to be waited for by other means") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const auto open_before = open_fds();
    const pid_t pid = start_child(4);
    int calls = 0;
    const auto count = [&](plx_handle, int) { ++calls; };
    const plx_handle handle = loop.child(pid, count);
    SECTION("before it has ended") {
        CHECK(loop.close(handle) == 0);
        let_end(pid);
    }
    SECTION("when it has ended and the loop does not know yet") {
        let_end(pid);
        CHECK(loop.close(handle) == 0);
    }
    CHECK(loop.close(handle) == -ENOENT);
    CHECK(loop.run_nowait() == 0);
    CHECK(calls == 0);
    CHECK(open_fds() == open_before);
    CHECK(exit_status(pid) == 4);
}

TEST_CASE("a destroyed loop leaves its children alone") {
    FOR_EACH_BACKEND(backend);
    const auto open_before = open_fds();
    const pid_t pid = start_child(4);
    {
        Loop loop(backend);
        loop.child(pid, ignore);
        let_end(pid);
    }
    CHECK(open_fds() == open_before);
    CHECK(exit_status(pid) == 4);
}

TEST_CASE("a handle that another child's callback closes is not told") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const pid_t one = start_child(1);
    const pid_t two = start_child(1);
    let_end(one);
    let_end(two);
    plx_handle handles[2] = {};
    int calls = 0;
    const auto close_both = [&](plx_handle its, int) {
        ++calls;
        const plx_handle other = its == handles[0] ? handles[1] : handles[0];
        CHECK(loop.close(other) == 0);
    };
    handles[0] = loop.child(one, close_both);
    handles[1] = loop.child(two, close_both);
    CHECK(loop.run() == 0);
    CHECK(calls == 1);
    const bool is_one_left = exit_status(one) == 1;
    const bool is_two_left = exit_status(two) == 1;
    CHECK(is_one_left != is_two_left);
}

TEST_CASE("the handle has ended when its callback runs, which may start another child") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    std::string order;
    loop.child(start_child(0), [&](plx_handle its, int) {
        order += 'a';
        CHECK(loop.close(its) == -ENOENT);
        CHECK(loop.stats().child_handles == 0);
        const pid_t next = start_child(0);
        let_end(next);
        loop.child(next, [&](plx_handle, int) { order += 'b'; });
    });
    CHECK(loop.run() == 0);
    CHECK(order == "ab");
}

TEST_CASE("a loop that a child's callback destroys ends there") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const pid_t pids[] = {start_child(6), start_child(6)};
    int calls = 0;
    for (const pid_t pid : pids) {
        let_end(pid);
        loop.child(pid, [&](plx_handle, int) {
            ++calls;
            loop.destroy();
        });
    }
    plx_loop* const raw = loop.get();
    CHECK(plx_loop_run(raw, PLX_RUN_DEFAULT) == -ECANCELED);
    CHECK(calls == 1);
    const int left = (exit_status(pids[0]) == 6) + (exit_status(pids[1]) == 6);
    CHECK(left == 1);
}

TEST_CASE("what is no child of this process is refused") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const auto open_before = open_fds();
    plx_handle handle = 77;
    const pid_t reaped = start_child(0);
    REQUIRE(exit_status(reaped) == 0);
    for (const int64_t pid : {int64_t{reaped}, int64_t{getpid()}, int64_t{getppid()}, int64_t{1},
                              int64_t{INT32_MAX}, int64_t{1} << 32, INT64_MAX}) {
        CAPTURE(pid);
        CHECK(try_child(loop, pid, &handle) == -ECHILD);
    }
    for (const int64_t pid : {int64_t{0}, int64_t{-1}, INT64_MIN}) {
        CAPTURE(pid);
        CHECK(try_child(loop, pid, &handle) == -EINVAL);
    }
    CHECK(handle == 77);
    CHECK(loop.run_nowait() == 0);
    CHECK(open_fds() == open_before);
    CHECK(current_action(SIGCHLD).sa_handler == SIG_DFL);
}

TEST_CASE("a loop waits for a child once, and anew after a close") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const pid_t pid = start_child(2);
    const plx_handle first = loop.child(pid, ignore);
    plx_handle second = 77;
    CHECK(try_child(loop, pid, &second) == -EEXIST);
    CHECK(second == 77);
    CHECK(loop.close(first) == 0);
    int given = -1;
    loop.child(pid, [&](plx_handle, int status) { given = status; });
    CHECK(loop.run() == 0);
    CHECK(given == 2 << 8);
}

TEST_CASE("without descriptors the start fails or needs none, and leaves nothing behind") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const pid_t pid = start_child(2);
    const auto open_before = open_fds();
    plx_handle handle = 0;
    {
        const FdLimit none(0);
        const int rc = try_child(loop, pid, &handle);
        CHECK((rc == 0 || rc == -EMFILE));
        if (rc == 0) CHECK(loop.close(handle) == 0);
    }
    CHECK(open_fds() == open_before);
    CHECK(loop.stats().child_handles == 0);
    CHECK(exit_status(pid) == 2);
}

TEST_CASE("SIGCHLD can be watched beside children, and the program's handler is called too") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    static std::atomic<int> handled = 0;
    handled = 0;
    const Installed installed(SIGCHLD, [](int) { ++handled; });
    int signals = 0;
    int given = -1;
    {
        Loop loop(backend);
        loop.signal(SIGCHLD, [&](plx_handle its, int) {
            ++signals;
            loop.close(its);
        });
        loop.child(start_child(9), [&](plx_handle, int status) { given = status; });
        CHECK(loop.run() == 0);
    }
    CHECK(signals == 1);
    CHECK(given == 9 << 8);
    CHECK(handled == 1);
    raise(SIGCHLD);
    CHECK(handled == 2);
}

TEST_CASE("two loops wait for a child of their own each") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop one(backend);
    Loop two(backend);
    int given_one = -1;
    int given_two = -1;
    one.child(start_child(1), [&](plx_handle, int status) { given_one = status; });
    two.child(start_child(2), [&](plx_handle, int status) { given_two = status; });
    CHECK(one.run() == 0);
    CHECK(given_one == 1 << 8);
    CHECK(given_two == -1);
    CHECK(two.run() == 0);
    CHECK(given_two == 2 << 8);
}

TEST_CASE("a child that is stopped and continued has not ended") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    Pair leave = make_pipe();
    const pid_t pid = start_staying_child(leave, 5);
    int calls = 0;
    int given = -1;
    loop.child(pid, [&](plx_handle, int status) {
        ++calls;
        given = status;
    });
    siginfo_t info;
    kill(pid, SIGSTOP);
    REQUIRE(waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED) == 0);
    CHECK(loop.run_nowait() == 1);
    kill(pid, SIGCONT);
    REQUIRE(waitid(P_PID, static_cast<id_t>(pid), &info, WCONTINUED) == 0);
    CHECK(loop.run_nowait() == 1);
    CHECK(calls == 0);
    leave.theirs.close();
    CHECK(loop.run() == 0);
    CHECK(calls == 1);
    CHECK(given == 5 << 8);
}

TEST_CASE("a status that is lost is told of as 0") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    int given = -1;
    const auto keep = [&](plx_handle, int status) { given = status; };
    SECTION("because somebody else has waited for the child") {
        const pid_t pid = start_child(5);
        loop.child(pid, keep);
        REQUIRE(exit_status(pid) == 5);
        CHECK(loop.run() == 0);
    }
    SECTION("because SIGCHLD is ignored, as it still is while we watch") {
        const Installed installed(SIGCHLD, SIG_IGN);
        Pair leave = make_pipe();
        loop.child(start_staying_child(leave, 5), keep);
        leave.theirs.close();
        CHECK(loop.run() == 0);
    }
    CHECK(given == 0);
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a child handle keeps the loop running unless told otherwise") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    Pair leave = make_pipe();
    const pid_t pid = start_staying_child(leave);
    int calls = 0;
    const plx_handle handle = loop.child(pid, [&](plx_handle, int) { ++calls; });
    CHECK(loop.run_nowait() == 1);
    CHECK(plx_unref(loop.get(), handle) == 0);
    CHECK(loop.run() == 0);
    CHECK(calls == 0);
    CHECK(plx_ref(loop.get(), handle) == 0);
    leave.theirs.close();
    CHECK(loop.run() == 0);
    CHECK(calls == 1);
}
