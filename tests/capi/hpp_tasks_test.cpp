// SPDX-License-Identifier: MIT
// Work in C++: results, exceptions, and what running work may still use.
#include "capi/hpp_support.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

}  // namespace

static_assert(std::is_nothrow_move_constructible_v<plx::work>);
static_assert(!std::is_copy_constructible_v<plx::work>);
static_assert(!std::is_constructible_v<plx::task>);

TEST_CASE("work gives a value from another thread to the loop's") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        plx::loop loop = make_loop(backend);
        const auto here = std::this_thread::get_id();
        std::string given;
        bool is_here = false;
        plx::work work(
            loop,
            [&] { return std::this_thread::get_id() == here ? "here" : std::string("there"); },
            [&](plx::outcome<std::string> result) {
                given = result.get();
                is_here = std::this_thread::get_id() == here;
            });
        CHECK_FALSE(loop.run());
        CHECK(given == "there");
        CHECK(is_here);
        CHECK_FALSE(work.is_open());
    }
}

TEST_CASE("a value can be one that only moves, or none, and done can be left out") {
    plx::loop loop;
    std::unique_ptr<int> given;
    bool has_ended = false;
    bool has_run = false;
    const plx::work moving(
        loop, [own = std::make_unique<int>(5)]() mutable { return std::move(own); },
        [&](auto result) { given = result.get(); });
    const plx::work plain(
        loop, [] {}, [&](plx::outcome<void> result) { has_ended = result.has_value(); });
    const plx::work alone(loop, [&] { has_run = true; });
    std::error_code code;
    const plx::work also_alone(
        loop, [] {}, code);
    CHECK_FALSE(code);
    loop.run();
    REQUIRE(given != nullptr);
    CHECK(*given == 5);
    CHECK(has_ended);
    CHECK(has_run);
}

TEST_CASE("what work throws is thrown where its outcome is asked for, or comes out of the run") {
    plx::loop loop;
    const auto fail = []() -> int { throw std::runtime_error("of work"); };
    std::string caught;
    plx::work work(loop, fail, [&](plx::outcome<int> result) {
        CHECK_FALSE(result.has_value());
        CHECK_FALSE(result.is_canceled());
        CHECK(result.exception() != nullptr);
        try {
            result.get();
        } catch (const std::runtime_error& error) {
            caught = error.what();
        }
    });
    loop.run();
    CHECK(caught == "of work");
    work = plx::work(loop, fail, [](auto result) { result.get(); });
    CHECK_THROWS_WITH(loop.run(), "of work");
    work = plx::work(loop, fail, [] { FAIL("not the end that was hoped for"); });
    CHECK_THROWS_WITH(loop.run(), "of work");
    work = plx::work(loop, fail);
    CHECK_THROWS_WITH(loop.run(), "of work");
    work = plx::work(
        loop, [] {}, [] { throw std::logic_error("of done"); });
    CHECK_THROWS_WITH(loop.run(), "of done");
}

TEST_CASE("work that has not begun is taken back by cancel, which tells") {
    plx::loop loop = make_loop(plx::backend::automatic, 1);
    Gate gate(loop);
    const Token token = make_token();
    bool is_told = false;
    plx::work work(
        loop, [token] { return 1; },
        [&, token](plx::outcome<int> result) {
            is_told = result.is_canceled();
            CHECK_THROWS_AS(result.get(), plx::error);
        });
    CHECK(work.cancel());
    CHECK(is_told);
    CHECK(is_gone(token));
    CHECK_FALSE(work.cancel());
    CHECK_FALSE(plx::work().cancel());
    CHECK_FALSE(gate.work().cancel());
    plx::work silent(
        loop, [] { FAIL("cancelled"); }, [] { FAIL("cancelled"); });
    CHECK(silent.cancel());
    plx::work throwing(
        loop, [] {}, [token](plx::outcome<void> result) { result.get(); });
    CHECK_THROWS_AS(throwing.cancel(), plx::error);
    CHECK(is_gone(token));
    gate.open();
    CHECK_FALSE(loop.run());
}

TEST_CASE("a cancel may end the work object and the loop") {
    auto loop = std::make_unique<plx::loop>(make_loop(plx::backend::automatic, 1));
    auto gate = std::make_unique<Gate>(*loop);
    const Token token = make_token();
    auto work = std::make_unique<plx::work>();
    *work = plx::work(
        *loop, [token] {},
        [&, token](plx::outcome<void>) {
            gate->open();
            work.reset();
            loop.reset();
        });
    CHECK(work->cancel());
    CHECK(loop == nullptr);
    CHECK(is_gone(token));
}

TEST_CASE("work that has not begun is dropped with its object, and tells nobody") {
    plx::loop loop = make_loop(plx::backend::automatic, 1);
    Gate gate(loop);
    const Token token = make_token();
    {
        const plx::work work(
            loop, [token] { FAIL("dropped"); }, [token](plx::outcome<void>) { FAIL("dropped"); });
    }
    CHECK(is_gone(token));
    gate.open();
    CHECK_FALSE(loop.run());
}

TEST_CASE("running work keeps what it uses after the end of its object") {
    plx::loop loop;
    const Token token = make_token();
    std::promise<void> began;
    std::promise<void> opened;
    bool was_kept = false;
    {
        const plx::work work(
            loop,
            [&, token] {
                began.set_value();
                opened.get_future().wait();
                was_kept = token.use_count() == 3;
                throw std::runtime_error("nobody wants to know");
            },
            [token] { FAIL("the object is gone"); });
        began.get_future().wait();
    }
    CHECK(token.use_count() == 3);
    opened.set_value();
    CHECK_FALSE(loop.run());
    CHECK(was_kept);
    CHECK(is_gone(token));
}

TEST_CASE("a loop waits for running work, and lets go of all of it") {
    const Token token = make_token();
    plx::work kept;
    bool has_ended = false;
    {
        std::promise<void> began;
        plx::loop loop;
        kept = plx::work(
            loop, [&, token] { began.set_value(), has_ended = true; }, [token] { FAIL("gone"); });
        began.get_future().wait();
        plx::work(
            loop, [token] {}, [token] { FAIL("gone"); })
            .detach();
        const plx::work closed(
            loop, [token] {}, [token] { FAIL("gone"); });
    }
    CHECK(has_ended);
    CHECK(is_gone(token));
    CHECK_FALSE(kept.is_open());
    CHECK_FALSE(kept.cancel());
}

TEST_CASE("a callback may destroy the loop while work is running, then its object") {
    const Token token = make_token();
    auto loop = std::make_unique<plx::loop>();
    std::promise<void> began;
    std::promise<void> opened;
    auto work = std::make_unique<plx::work>(
        *loop,
        [&, token] {
            began.set_value();
            opened.get_future().wait();
        },
        [token] { FAIL("the loop is gone"); });
    began.get_future().wait();
    bool was_kept = false;
    loop->post([&] {
        loop.reset();
        work.reset();
        was_kept = token.use_count() == 3;
        opened.set_value();
    });
    std::error_code code;
    loop->run(plx::run_mode::until_done, code);
    CHECK(code == std::errc::operation_canceled);
    CHECK(was_kept);
    CHECK(is_gone(token));
}

TEST_CASE("detached work tells, and an object may be destroyed by its own done") {
    plx::loop loop;
    const Token token = make_token();
    int told = 0;
    plx::work(
        loop, [token] {}, [&, token] { ++told; })
        .detach();
    auto work = std::make_unique<plx::work>();
    *work = plx::work(
        loop, [token] {},
        [&, token] {
            work.reset();
            ++told;
        });
    loop.run();
    CHECK(told == 2);
    CHECK(is_gone(token));
}

TEST_CASE("work posts from its thread") {
    plx::loop loop;
    std::vector<int> steps;
    const plx::work work(
        loop,
        [&, remote = loop.remote()] {
            for (int i = 0; i < 3; ++i)
                remote.post([&, i] { steps.push_back(i); });
        },
        [&] { steps.push_back(-1); });
    while (steps.size() < 4)
        loop.run(plx::run_mode::once);
    CHECK(steps == std::vector<int>{0, 1, 2, -1});
}
