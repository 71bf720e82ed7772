// SPDX-License-Identifier: MIT
#include <pollux/pollux.hpp>

#include "support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using std::chrono::duration;

class Pipe {
public:
    Pipe() { REQUIRE(::pipe(ends_) == 0); }
    ~Pipe() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }

private:
    int ends_[2];
};

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

}  // namespace

static_assert(!std::is_copy_constructible_v<plx::poller>);
static_assert(!std::is_copy_assignable_v<plx::poller>);
static_assert(std::is_nothrow_move_constructible_v<plx::poller>);
static_assert(std::is_nothrow_move_assignable_v<plx::poller>);
static_assert(sizeof(plx::poller) == sizeof(void*));
static_assert(std::is_same_v<plx::event, plx_event>);

static_assert(plx::to_nanoseconds(0ns) == 0);
static_assert(plx::to_nanoseconds(1ns) == 1);
static_assert(plx::to_nanoseconds(3ms) == 3'000'000);
static_assert(plx::to_nanoseconds(2h) == 7'200'000'000'000);
static_assert(plx::to_nanoseconds(-1s) == 0);
static_assert(plx::to_nanoseconds(plx::forever) == -1);

TEST_CASE("a timeout is rounded up to the nanosecond") {
    using Picoseconds = duration<std::int64_t, std::pico>;
    using Thirds = duration<std::int64_t, std::ratio<1, 3>>;
    CHECK(plx::to_nanoseconds(Picoseconds(1)) == 1);
    CHECK(plx::to_nanoseconds(Picoseconds(1000)) == 1);
    CHECK(plx::to_nanoseconds(Picoseconds(1001)) == 2);
    CHECK(plx::to_nanoseconds(duration<double, std::nano>(0.001)) == 1);
    CHECK(plx::to_nanoseconds(duration<double>(0.5)) == 500'000'000);
    CHECK(plx::to_nanoseconds(Thirds(3)) == 1'000'000'000);
    CHECK(plx::to_nanoseconds(Thirds(1)) >= 333'333'333);
}

TEST_CASE("a timeout is cut to what 64 bits hold") {
    CHECK(plx::to_nanoseconds(std::chrono::hours::max()) == kMost);
    CHECK(plx::to_nanoseconds(std::chrono::seconds::max()) == kMost);
    CHECK(plx::to_nanoseconds(std::chrono::nanoseconds::max()) == kMost);
    CHECK(plx::to_nanoseconds(duration<double>(std::numeric_limits<double>::infinity())) == kMost);
    CHECK(plx::to_nanoseconds(duration<double>(1e300)) == kMost);
    CHECK(plx::to_nanoseconds(duration<std::int32_t>(std::numeric_limits<std::int32_t>::max())) ==
          2'147'483'647'000'000'000);
}

TEST_CASE("a timeout that is negative or no number does not block") {
    CHECK(plx::to_nanoseconds(std::chrono::nanoseconds::min()) == 0);
    CHECK(plx::to_nanoseconds(std::chrono::hours::min()) == 0);
    CHECK(plx::to_nanoseconds(duration<double>(-0.5)) == 0);
    CHECK(plx::to_nanoseconds(duration<double>(std::numeric_limits<double>::quiet_NaN())) == 0);
}

TEST_CASE("events come back with their token on every backend") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        Pipe pipe;
        plx::poller poller(plx::options{backend, 0});
        REQUIRE(poller);
        CHECK(poller.backend() == backend);
        poller.add(pipe.writer(), 42, plx::writable | plx::oneshot);
        CHECK(poller.count() == 1);
        std::array<plx::event, 4> buffer;
        const plx::event_range events = poller.wait(buffer, plx::forever);
        REQUIRE(events.size() == 1);
        CHECK(events[0].token == 42);
        CHECK(events[0].fd == pipe.writer());
        CHECK(plx::is_writable(events[0]));
        CHECK_FALSE(plx::is_readable(events[0]));
        CHECK(poller.wait(buffer, 0s).empty());
        poller.modify(pipe.writer(), 43, plx::writable);
        for (const plx::event& event : poller.wait(buffer, plx::forever))
            CHECK(event.token == 43);
        poller.remove(pipe.writer());
        CHECK(poller.count() == 0);
    }
}

TEST_CASE("any contiguous room takes events, and no more than fit") {
    Pipe first;
    Pipe second;
    plx::poller poller;
    poller.add(first.writer(), 1, plx::writable);
    poller.add(second.writer(), 2, plx::writable);
    plx::event one[1];
    std::array<plx::event, 2> two;
    std::vector<plx::event> many(16);
    CHECK(poller.wait(one, plx::forever).size() == 1);
    CHECK(poller.wait(two, plx::forever).size() == 2);
    CHECK(poller.wait(many, 1h).size() == 2);
    CHECK(poller.wait(many.data(), 1, 1h).size() == 1);
    CHECK(poller.wait(many, 1h).begin() == many.data());
    CHECK(many.size() == 16);
#ifdef __cpp_lib_span
    CHECK(poller.wait(std::span(many).first(1), 1h).size() == 1);
    std::error_code code;
    CHECK(poller.wait(std::span(two), 1h, code).size() == 2);
#endif
}

TEST_CASE("no room is an error") {
    plx::poller poller;
    std::vector<plx::event> none;
    std::error_code code;
    CHECK(poller.wait(none, 0s, code).empty());
    CHECK(code == std::errc::invalid_argument);
    CHECK_THROWS_AS(poller.wait(none, 0s), plx::error);
}

TEST_CASE("an error is a code that compares with errc, or an exception that carries it") {
    Pipe pipe;
    plx::poller poller;
    std::error_code code;
    poller.add(-1, 0, plx::readable, code);
    CHECK(code == std::errc::bad_file_descriptor);
    CHECK(code.value() == EBADF);
    CHECK(code.message() == plx_strerror(-EBADF));
    CHECK(std::string(code.category().name()) == "pollux");
    poller.modify(pipe.reader(), 0, plx::readable, code);
    CHECK(code == std::errc::no_such_file_or_directory);
    poller.add(pipe.reader(), 0, plx::readable, code);
    CHECK_FALSE(code);
    poller.add(pipe.reader(), 0, plx::readable, code);
    CHECK(code == std::errc::file_exists);
    poller.remove(pipe.reader(), code);
    CHECK_FALSE(code);
    try {
        poller.remove(pipe.reader());
        FAIL("did not throw");
    } catch (const plx::error& error) {
        CHECK(error.code() == std::errc::no_such_file_or_directory);
    }
}

TEST_CASE("a create that fails leaves an empty poller or throws") {
    const plx::options impossible{plx::backend::poll, PLX_CAP_EDGE};
    std::error_code code;
    plx::poller poller(impossible, code);
    CHECK_FALSE(poller);
    CHECK(code == std::errc::not_supported);
    CHECK_THROWS_AS(plx::poller(impossible), plx::error);
}

TEST_CASE("a poller moves with its registrations, and what is left behind is empty") {
    Pipe pipe;
    plx::poller first;
    first.add(pipe.writer(), 7, plx::writable);
    plx::poller second(std::move(first));
    CHECK(second.count() == 1);
    plx::poller third(plx::options{plx::backend::poll, 0});
    third = std::move(second);
    CHECK(third.count() == 1);
    std::vector<plx::event> buffer(4);
    CHECK(third.wait(buffer, plx::forever)[0].token == 7);
    std::error_code code;
    plx::poller empty(third.release());
    plx::poller taken(std::move(empty));
    empty.wake(code);  // NOLINT(bugprone-use-after-move): that is what is tested
    CHECK(code == std::errc::invalid_argument);
    CHECK(empty.backend() == plx::backend::automatic);
    CHECK(taken.get() != nullptr);
}

TEST_CASE("a waker ends a wait of another thread") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        plx::poller poller(plx::options{backend, 0});
        const plx::waker waker = poller.waker();
        int rc = -1;
        std::thread other([&] { rc = waker.wake(); });
        std::array<plx::event, 1> buffer;
        const plx::event_range events = poller.wait(buffer, plx::forever);
        other.join();
        CHECK(rc == 0);
        REQUIRE(events.size() == 1);
        CHECK(plx::is_woken(events[0]));
        CHECK(events[0].fd == -1);
        poller.wake();
        CHECK(poller.wait(buffer, plx::forever).size() == 1);
    }
}

TEST_CASE("the time that is given is waited for") {
    plx::poller poller;
    std::array<plx::event, 1> buffer;
    const auto before = std::chrono::steady_clock::now();
    CHECK(poller.wait(buffer, 1500us).empty());
    CHECK(std::chrono::steady_clock::now() - before >= 1500us);
}

TEST_CASE("the descriptor to nest is there where the backend has one") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        plx::poller poller(plx::options{backend, 0});
        std::error_code code;
        const bool has_one = (plx::capabilities(backend) & PLX_CAP_NATIVE_FD) != 0;
        CHECK((poller.fd(code) >= 0) == has_one);
        CHECK((code == std::errc::not_supported) == !has_one);
        if (has_one) CHECK(poller.fd() == poller.fd(code));
    }
}

TEST_CASE("after a fork the child takes its copy into use") {
    plx::poller poller;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::error_code refused;
        std::error_code adopted;
        std::error_code woken;
        poller.wake(refused);
        poller.after_fork(adopted);
        poller.wake(woken);
        _exit(refused == std::errc::invalid_argument && !adopted && !woken ? 0 : 1);
    }
    int status = 1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
