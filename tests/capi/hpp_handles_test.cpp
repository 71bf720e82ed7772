// SPDX-License-Identifier: MIT
// What a loop watches, in C++: that it is told, and who owns what for how long.
#include "capi/hpp_support.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

pid_t start_child_that_exits(int status) {
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) _exit(status);
    return pid;
}

}  // namespace

static_assert(!std::is_copy_constructible_v<plx::timer>);
static_assert(!std::is_copy_assignable_v<plx::io>);
static_assert(std::is_nothrow_move_constructible_v<plx::child>);
static_assert(std::is_nothrow_move_assignable_v<plx::signal>);
static_assert(!std::is_constructible_v<plx::handle>);
static_assert(sizeof(plx::timer) == sizeof(void*));

TEST_CASE("I/O is told as an event, and its interest changes") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        const Pipe pipe;
        plx::loop loop = make_loop(backend);
        std::vector<plx::event> events;
        plx::io io(loop, pipe.writer(), plx::writable,
                   [&](const plx::event& event) { events.push_back(event); });
        CHECK(io.fd() == pipe.writer());
        loop.run(plx::run_mode::once);
        REQUIRE(events.size() == 1);
        CHECK(events[0].fd == pipe.writer());
        CHECK(events[0].token == io.get());
        CHECK(plx::is_writable(events[0]));
        io.set(0);
        loop.run(plx::run_mode::no_wait);
        CHECK(events.size() == 1);
        std::error_code code;
        io.set(plx::writable | plx::oneshot, code);
        CHECK_FALSE(code);
        loop.run(plx::run_mode::once);
        loop.run(plx::run_mode::no_wait);
        CHECK(events.size() == 2);
        io.set(0xFF00'0000, code);
        CHECK(code == std::errc::invalid_argument);
    }
}

TEST_CASE("what cannot be started is empty with the error, or throws") {
    plx::loop loop;
    std::error_code code;
    const plx::io io(
        loop, -1, plx::readable, [] {}, code);
    CHECK_FALSE(io);
    CHECK(code == std::errc::bad_file_descriptor);
    CHECK_THROWS_AS(plx::io(loop, -1, plx::readable, [] {}), plx::error);
    const plx::signal signal(
        loop, SIGKILL, [] {}, code);
    CHECK_FALSE(signal);
    CHECK(code == std::errc::invalid_argument);
    CHECK_THROWS_AS(plx::signal(loop, SIGKILL, [] {}), plx::error);
    const plx::child child(
        loop, getpid(), [] {}, code);
    CHECK_FALSE(child);
    CHECK(code == std::errc::no_child_process);
    CHECK_THROWS_AS(plx::child(loop, getpid(), [] {}), plx::error);
    const plx::timer timer(
        loop, 0s, [] {}, code);
    CHECK(timer);
    CHECK_FALSE(code);
}

TEST_CASE("a timer fires once, or with a period, and can be set and stopped") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        plx::loop loop = make_loop(backend);
        int fired = 0;
        plx::timer timer(loop, 1us, [&] { ++fired; });
        loop.run();
        CHECK(fired == 1);
        CHECK(timer.is_open());
        timer.set(0s);
        loop.run();
        CHECK(fired == 2);
        timer.set(0s, 1us);
        while (fired < 5)
            loop.run(plx::run_mode::once);
        timer.stop();
        CHECK_FALSE(loop.run());
        std::error_code code;
        plx::timer periodic(
            loop, 1us, 1us, [&] { periodic.stop(code); }, code);
        loop.run();
        CHECK_FALSE(code);
        periodic.set(-1h, code);
        loop.run();
        CHECK_FALSE(code);
    }
}

TEST_CASE("a signal is told with its number") {
    plx::loop loop;
    int told = 0;
    plx::signal signal(loop, SIGUSR1, [&](int signo) {
        told = signo;
        signal.close();
    });
    raise(SIGUSR1);
    CHECK_FALSE(loop.run());
    CHECK(told == SIGUSR1);
}

TEST_CASE("a child's status is told, and what was called is let go") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        plx::loop loop = make_loop(backend);
        const Token token = make_token();
        const pid_t pid = start_child_that_exits(7);
        int status = 0;
        plx::child child(loop, pid, [&, token](int told) { status = told; });
        CHECK(child.is_open());
        CHECK_FALSE(loop.run());
        CHECK(WEXITSTATUS(status) == 7);
        CHECK(is_gone(token));
        CHECK(child);
        CHECK_FALSE(child.is_open());
        CHECK(waitpid(pid, nullptr, 0) == -1);
        std::error_code code;
        child.ref(code);
        CHECK(code == std::errc::no_such_file_or_directory);
    }
}

TEST_CASE("a closed child is left as it is") {
    plx::loop loop;
    const pid_t pid = start_child_that_exits(3);
    plx::child(loop, pid, [] { FAIL("closed"); }).close();
    CHECK_FALSE(loop.run());
    CHECK(waitpid(pid, nullptr, 0) == pid);
}

TEST_CASE("no callback comes after the end of its handle, and its closure is gone") {
    const Pipe pipe;
    plx::loop loop;
    const Token token = make_token();
    {
        const plx::io io(loop, pipe.writer(), plx::writable, [token] { FAIL("closed"); });
        const plx::timer timer(loop, 0s, [token] { FAIL("closed"); });
        const plx::signal signal(loop, SIGUSR1, [token] { FAIL("closed"); });
        CHECK(token.use_count() == 4);
    }
    CHECK(is_gone(token));
    CHECK_FALSE(loop.run());
}

TEST_CASE("a callback may close the others of its iteration") {
    plx::loop loop;
    std::vector<plx::timer> timers(10);
    int fired = 0;
    for (plx::timer& timer : timers) {
        timer = plx::timer(loop, 0s, [&] {
            ++fired;
            timers.clear();
        });
    }
    CHECK_FALSE(loop.run());
    CHECK(fired == 1);
}

TEST_CASE("a handle may be destroyed or replaced in its own callback, whose closure stays") {
    const Pipe pipe;
    plx::loop loop;
    const Token token = make_token();
    std::optional<plx::io> io;
    bool was_kept = false;
    io.emplace(loop, pipe.writer(), plx::writable, [&, token] {
        io.reset();
        was_kept = token.use_count() == 2;
    });
    CHECK_FALSE(loop.run());
    CHECK(was_kept);
    CHECK(is_gone(token));
    plx::timer timer;
    int fired = 0;
    timer = plx::timer(loop, 0s, 1us, [&, token] {
        timer = plx::timer(loop, 0s, [&] { ++fired; });
        was_kept = token.use_count() == 2;
        throw std::runtime_error("nevertheless");
    });
    CHECK_THROWS_AS(loop.run(), std::runtime_error);
    CHECK(was_kept);
    CHECK(is_gone(token));
    CHECK_FALSE(loop.run());
    CHECK(fired == 1);
}

TEST_CASE("a child's callback may start the next child in the same handle") {
    plx::loop loop;
    plx::child child;
    int ended = 0;
    const auto start = [&](auto& self) -> void {
        child = plx::child(loop, start_child_that_exits(0), [&] {
            if (++ended < 3) self(self);
        });
    };
    start(start);
    CHECK_FALSE(loop.run());
    CHECK(ended == 3);
}

TEST_CASE("an active handle moves, and what it leaves is empty") {
    plx::loop loop;
    int fired = 0;
    plx::timer first(loop, 0s, [&] { ++fired; });
    plx::timer second(std::move(first));
    std::vector<plx::timer> many;
    many.push_back(std::move(second));
    for (int i = 0; i < 100; ++i)
        many.emplace_back(loop, 1h, [] {});
    loop.run(plx::run_mode::once);
    CHECK(fired == 1);
    // NOLINTBEGIN(bugprone-use-after-move): that is what is tested
    CHECK_FALSE(first);
    CHECK(first.get() == 0);
    std::error_code code;
    first.set(0s, code);
    CHECK(code == std::errc::invalid_argument);
    CHECK_THROWS_AS(second.stop(), plx::error);
    // NOLINTEND(bugprone-use-after-move)
    many[0] = plx::timer(loop, 1h, [] {});
    CHECK(loop.stats().timer_handles == many.size());
}

TEST_CASE("a handle moves in its own callback") {
    plx::loop loop;
    plx::timer first;
    plx::timer second;
    first = plx::timer(loop, 0s, 1us, [&] {
        if (!second) second = std::move(first);
        second.stop();
    });
    CHECK_FALSE(loop.run());
    CHECK_FALSE(first);
    CHECK(second.is_open());
}

TEST_CASE("a detached handle goes on without its object, and lets go at its end") {
    const Pipe pipe;
    plx::loop loop;
    const Token token = make_token();
    std::vector<int> order;
    plx::timer(loop, 0s, [&, token] { order.push_back(1); }).detach();
    plx::io(loop, pipe.writer(), plx::writable | plx::oneshot, [&, token] {
        order.push_back(2);
    }).detach();
    plx::child(loop, start_child_that_exits(0), [&, token] { order.push_back(3); }).detach();
    CHECK(token.use_count() == 4);
    CHECK_FALSE(loop.run());
    CHECK(order.size() == 3);
    CHECK(is_gone(token));
    CHECK(loop.stats().timer_handles == 0);
    CHECK(loop.stats().io_handles == 0);
}

TEST_CASE("a handle is detached in its own callback, and when there is nothing to come") {
    plx::loop loop;
    const Token token = make_token();
    plx::timer timer(loop, 0s, [&, token] { timer.detach(); });
    loop.run();
    CHECK(is_gone(token));
    plx::timer stopped(loop, 0s, [token] {});
    stopped.stop();
    stopped.detach();
    CHECK(is_gone(token));
    plx::child child(loop, start_child_that_exits(0), [&, token] { child.detach(); });
    loop.run();
    CHECK(is_gone(token));
    CHECK_FALSE(child);
    plx::timer().detach();
}

TEST_CASE("a detached handle that does not end is let go with the loop") {
    const Token token = make_token();
    int fired = 0;
    {
        plx::loop loop;
        plx::timer(loop, 0s, 1us, [&, token] { loop.stop(), ++fired; }).detach();
        plx::signal(loop, SIGUSR1, [token] {}).detach();
        CHECK(loop.run());
        CHECK_FALSE(is_gone(token));
    }
    CHECK(fired > 0);
    CHECK(is_gone(token));
}

TEST_CASE("a handle that is not counted does not keep the loop alive") {
    plx::loop loop;
    plx::timer timer(loop, 1h, [] {});
    timer.unref();
    CHECK_FALSE(loop.run());
    std::error_code code;
    timer.ref(code);
    CHECK_FALSE(code);
    CHECK(loop.run(plx::run_mode::no_wait));
    timer.ref();
    timer.unref(code);
    CHECK_FALSE(loop.run());
    CHECK_THROWS_AS(plx::timer().unref(), plx::error);
}

TEST_CASE("handles outlive their loop, as handles that have ended") {
    const Pipe pipe;
    const Token token = make_token();
    auto loop = std::make_unique<plx::loop>();
    plx::timer timer(*loop, 0s, [token] { FAIL("the loop is gone"); });
    plx::io io(*loop, pipe.writer(), plx::writable, [token] { FAIL("the loop is gone"); });
    loop.reset();
    CHECK(is_gone(token));
    CHECK_FALSE(timer.is_open());
    CHECK(timer.get() == 0);
    CHECK(io.fd() == pipe.writer());
    std::error_code code;
    io.set(0, code);
    CHECK(code == std::errc::no_such_file_or_directory);
    CHECK_THROWS_AS(timer.set(0s), plx::error);
    const plx::timer moved(std::move(timer));
    io.detach();
    CHECK_FALSE(io);
}

TEST_CASE("a callback may destroy the loop, and then handles, its own too") {
    const Token token = make_token();
    auto loop = std::make_unique<plx::loop>();
    std::optional<plx::timer> first;
    bool was_kept = false;
    first.emplace(*loop, 0s, [&, token] {
        loop.reset();
        was_kept = !first->is_open();
        first.reset();
        was_kept = was_kept && token.use_count() == 3;
    });
    plx::timer second(*loop, 0s, [token] { FAIL("the loop is gone"); });
    std::error_code code;
    loop->run(plx::run_mode::until_done, code);
    CHECK(code == std::errc::operation_canceled);
    CHECK(was_kept);
    CHECK(is_gone(token));
    CHECK(second);
    CHECK_FALSE(second.is_open());
}

TEST_CASE("an object that its own handles keep alive is let go with the loop") {
    struct Session {
        plx::timer timer;
        plx::child child;
        Token token;
    };
    const Token token = make_token();
    {
        plx::loop loop;
        auto session = std::make_shared<Session>();
        session->token = token;
        session->timer = plx::timer(loop, 1h, [session] {});
        session->child = plx::child(loop, start_child_that_exits(0), [session] {});
        session.reset();
        CHECK_FALSE(is_gone(token));
    }
    CHECK(is_gone(token));
    while (waitpid(-1, nullptr, 0) > 0) {
    }
}
