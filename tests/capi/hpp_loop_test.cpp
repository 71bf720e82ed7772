// SPDX-License-Identifier: MIT
// The loop in C++: what it does, and what happens to closures and exceptions.
#include "capi/hpp_support.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

}  // namespace

static_assert(!std::is_copy_constructible_v<plx::loop>);
static_assert(std::is_nothrow_move_constructible_v<plx::loop>);
static_assert(std::is_nothrow_move_assignable_v<plx::loop>);
static_assert(std::is_copy_constructible_v<plx::remote>);

TEST_CASE("a loop is made as the options say, or is empty with the error") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        const plx::loop loop = make_loop(backend);
        REQUIRE(loop);
        CHECK(loop.backend() == backend);
        CHECK(loop.get() != nullptr);
    }
    plx::loop_options impossible;
    impossible.work_threads = 1'000'000;
    std::error_code code;
    const plx::loop none(impossible, code);
    CHECK_FALSE(none);
    CHECK(code == std::errc::invalid_argument);
    CHECK_THROWS_AS(plx::loop(impossible), plx::error);
}

TEST_CASE("a run says whether something keeps the loop alive") {
    plx::loop loop;
    CHECK_FALSE(loop.run());
    const plx::timer timer(loop, 1h, [] {});
    CHECK(loop.run(plx::run_mode::no_wait));
    std::error_code code = std::make_error_code(std::errc::io_error);
    CHECK(loop.run(plx::run_mode::no_wait, code));
    CHECK_FALSE(code);
}

TEST_CASE("a run within a run is refused") {
    plx::loop loop;
    std::error_code code;
    loop.post([&] { loop.run(plx::run_mode::once, code); });
    loop.run();
    CHECK(code == std::errc::device_or_resource_busy);
}

TEST_CASE("a stop ends the run, and not the next one") {
    plx::loop loop;
    int ticks = 0;
    const plx::timer timer(loop, 0s, 1us, [&] {
        ++ticks;
        loop.stop();
    });
    CHECK(loop.run());
    CHECK(loop.run());
    CHECK(ticks >= 2);
}

TEST_CASE("posts run in their order, from this thread and others") {
    plx::loop loop;
    std::vector<int> order;
    loop.post([&] { order.push_back(1); });
    loop.post([&, only_moved = std::make_unique<int>(2)] { order.push_back(*only_moved); });
    loop.run();
    std::thread other([&, remote = loop.remote()] {
        remote.post([&] { order.push_back(3); });
        remote.post([&] { order.push_back(4); });
    });
    other.join();
    loop.run();
    CHECK(order == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE("posts that have not run are let go with the loop") {
    const Token token = make_token();
    {
        plx::loop loop;
        loop.post([token] {});
        CHECK_FALSE(is_gone(token));
    }
    CHECK(is_gone(token));
    {
        auto loop = std::make_unique<plx::loop>();
        int run = 0;
        loop->post([&] {
            ++run;
            loop.reset();
        });
        loop->post([&, token] { ++run; });
        std::error_code code;
        loop->run(plx::run_mode::until_done, code);
        CHECK(run == 1);
    }
    CHECK(is_gone(token));
}

TEST_CASE("a remote outlives its loop") {
    std::optional<plx::loop> loop(std::in_place);
    const plx::remote remote = loop->remote();
    plx::loop moved(std::move(*loop));
    loop.reset();
    bool has_run = false;
    remote.post([&] { has_run = true; });
    moved.run();
    CHECK(has_run);
    moved = plx::loop();
    const Token token = make_token();
    std::error_code code;
    remote.post([token] {}, code);
    CHECK(code == std::errc::invalid_argument);
    CHECK(is_gone(token));
    remote.stop(code);
    CHECK(code == std::errc::invalid_argument);
    CHECK_THROWS_AS(remote.post([] {}), plx::error);
}

TEST_CASE("threads that post while the loop ends are refused or let go") {
    const Token token = make_token();
    auto loop = std::make_unique<plx::loop>();
    std::thread other([&token, remote = loop->remote()] {
        std::error_code code;
        while (!code)
            remote.post([token] {}, code);
    });
    loop->run(plx::run_mode::once);
    loop.reset();
    other.join();
    CHECK(is_gone(token));
}

TEST_CASE("another thread stops the loop") {
    plx::loop loop;
    const plx::timer timer(loop, 1h, [] {});
    std::thread other([remote = loop.remote()] { remote.stop(); });
    CHECK(loop.run());
    other.join();
}

TEST_CASE("the loop's time goes on by itself in a run and by a call outside") {
    plx::loop loop;
    const auto before = loop.now();
    CHECK(before > 0ns);
    CHECK(loop.update_now() >= before);
    CHECK(loop.now() >= before);
    CHECK_FALSE(loop.next_deadline());
    const plx::timer timer(loop, 1h, [] {});
    REQUIRE(loop.next_deadline());
    CHECK(*loop.next_deadline() >= before + 1h);
    loop.post([] {});
    CHECK(*loop.next_deadline() == 0ns);
}

TEST_CASE("a loop has a descriptor where its backend has one") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        const plx::loop loop = make_loop(backend);
        std::error_code code;
        const bool has_one = (plx::capabilities(backend) & PLX_CAP_NATIVE_FD) != 0;
        CHECK((loop.fd(code) >= 0) == has_one);
        CHECK((code == std::errc::not_supported) == !has_one);
    }
}

TEST_CASE("statistics count, and a trace shows each callback until it ends") {
    plx::loop_options how;
    how.times_callbacks = true;
    plx::loop loop(how);
    std::vector<std::string> kinds;
    const Token token = make_token();
    loop.trace([&, token](const plx::trace_event& event) { kinds.emplace_back(event.name); });
    const plx::timer timer(loop, 0s, [] {});
    loop.post([] {});
    loop.run();
    loop.end_trace();
    CHECK(is_gone(token));
    loop.post([] {});
    loop.run();
    CHECK(kinds == std::vector<std::string>{"timer", "post"});
    CHECK(loop.stats().posts == 2);
    CHECK(loop.stats().timers_fired == 1);
    CHECK(loop.stats().timer_handles == 1);
}

TEST_CASE("what another thread starts or sets while the loop runs is refused") {
    plx::loop loop;
    plx::timer timer(loop, 1h, [] {});
    std::thread other;
    std::vector<std::error_code> codes(6);
    bool is_empty = false;
    loop.post([&] {
        other = std::thread([&] {
            const plx::timer refused(
                loop, 0s, [] {}, codes[0]);
            is_empty = !refused;
            timer.set(0s, codes[1]);
            timer.unref(codes[2]);
            loop.trace([] {}, codes[3]);
            loop.run(plx::run_mode::no_wait, codes[4]);
            const plx::work work(
                loop, [] {}, codes[5]);
            loop.stop();
        });
    });
    CHECK(loop.run());
    other.join();
    CHECK(is_empty);
    for (const std::error_code& code : codes) {
        CHECK(code == std::errc::device_or_resource_busy);
    }
    CHECK(loop.stats().timer_handles == 1);
}

TEST_CASE("a trace may replace or end itself, and its closure lives until it returns") {
    plx::loop loop;
    const Token token = make_token();
    int shown = 0;
    loop.trace([&, token] {
        loop.trace([&] {
            loop.end_trace();
            shown += 10;
        });
        CHECK_FALSE(is_gone(token));
        shown += token == nullptr ? 0 : 1;
    });
    for (int i = 0; i < 3; ++i) {
        loop.post([] {});
        loop.run();
    }
    CHECK(shown == 11);
    CHECK(is_gone(token));
}

TEST_CASE("an exception of any callback stops the loop and comes out of the run") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        plx::loop loop = make_loop(backend);
        const plx::timer keeps_alive(loop, 1h, [] {});
        const auto fail = [] { throw std::runtime_error("of a callback"); };
        loop.post(fail);
        CHECK_THROWS_WITH(loop.run(), "of a callback");
        const plx::timer timer(loop, 0s, fail);
        std::error_code code;
        CHECK_THROWS_AS(loop.run(plx::run_mode::until_done, code), std::runtime_error);
        const Pipe pipe;
        plx::io io(loop, pipe.writer(), plx::writable, fail);
        CHECK_THROWS_AS(loop.run(), std::runtime_error);
        CHECK_THROWS_AS(loop.run(), std::runtime_error);
        io.close();
        plx::signal signal(loop, SIGUSR1, fail);
        raise(SIGUSR1);
        CHECK_THROWS_AS(loop.run(), std::runtime_error);
        signal.close();
        loop.trace(fail);
        loop.post([] {});
        CHECK_THROWS_AS(loop.run(), std::runtime_error);
        loop.end_trace();
        CHECK(loop.run(plx::run_mode::no_wait));
    }
}

TEST_CASE("of several exceptions in one iteration the first one comes out") {
    plx::loop loop;
    bool has_third_run = false;
    loop.post([] { throw std::runtime_error("first"); });
    loop.post([] { throw std::runtime_error("second"); });
    loop.post([&] { has_third_run = true; });
    CHECK_THROWS_WITH(loop.run(), "first");
    CHECK(has_third_run);
    CHECK_FALSE(loop.run());
}

TEST_CASE("a loop that a callback destroys cancels its run, or throws what the callback throws") {
    auto loop = std::make_unique<plx::loop>();
    std::error_code code;
    loop->post([&] { loop.reset(); });
    loop->run(plx::run_mode::until_done, code);
    CHECK(code == std::errc::operation_canceled);
    loop = std::make_unique<plx::loop>();
    loop->post([&] {
        loop.reset();
        throw std::runtime_error("last words");
    });
    CHECK_THROWS_WITH(loop->run(), "last words");
    CHECK(loop == nullptr);
}

TEST_CASE("a callback may move the loop that runs it") {
    plx::loop first;
    plx::loop second;
    bool has_fired = false;
    const plx::timer timer(first, 1us, [&] { has_fired = true; });
    first.post([&] { second = std::move(first); });
    first.run();
    CHECK(has_fired);
    CHECK_FALSE(first);
    CHECK(second);
}

TEST_CASE("an empty loop reports an invalid argument") {
    plx::loop empty;
    const plx::loop taken(std::move(empty));
    std::error_code code;
    // NOLINTBEGIN(bugprone-use-after-move): that is what is tested
    empty.run(plx::run_mode::once, code);
    CHECK(code == std::errc::invalid_argument);
    code.clear();
    empty.post([] {}, code);
    CHECK(code == std::errc::invalid_argument);
    const plx::timer timer(
        empty, 0s, [] {}, code);
    CHECK(code == std::errc::invalid_argument);
    CHECK_FALSE(timer);
    CHECK(empty.now() == 0ns);
    CHECK(empty.backend() == plx::backend::automatic);
    CHECK(empty.fd(code) == -1);
    CHECK_FALSE(empty.next_deadline(code));
    CHECK_THROWS_AS(empty.stop(), plx::error);
    CHECK_THROWS_AS(empty.stats(), plx::error);
    CHECK_THROWS_AS(empty.next_deadline(), plx::error);
    CHECK_THROWS_AS(empty.trace([] {}), plx::error);
    CHECK_THROWS_AS(empty.after_fork(), plx::error);
    // NOLINTEND(bugprone-use-after-move)
}

TEST_CASE("a child process takes its copy into use, without the posts and work of the parent") {
    plx::loop loop;
    const Token token = make_token();
    loop.post([token] {});
    plx::work work(
        loop, [token] {}, [token] {});
    plx::timer timer(loop, 0s, [] {});
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        std::error_code refused;
        loop.post([] {}, refused);
        loop.after_fork();
        const bool is_let_go = is_gone(token) && !work.is_open() && timer.is_open();
        bool has_run = false;
        loop.remote().post([&] { has_run = true; });
        loop.run();
        _exit(refused == std::errc::invalid_argument && is_let_go && has_run ? 0 : 1);
    }
    int status = 1;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
    CHECK_FALSE(is_gone(token));
    loop.after_fork();
    loop.run();
    CHECK(is_gone(token));
}

TEST_CASE("a child process may destroy the parent's loop without using it") {
    auto loop = std::make_unique<plx::loop>();
    loop->post([] {});
    plx::work work(*loop, [] {});
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        loop.reset();
        work.close();
        _exit(0);
    }
    int status = 1;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
    CHECK_FALSE(loop->run());
}
