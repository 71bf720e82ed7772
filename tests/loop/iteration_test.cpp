// SPDX-License-Identifier: MIT
// What one iteration runs and what it does not, whatever starts it, ends it or is told.
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/threads.hpp"
#include "support/work.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace support;

namespace {

enum class Kind { kTimer, kPost, kSignal, kWork, kIo, kChild };

constexpr Kind kKinds[] = {Kind::kTimer, Kind::kPost, Kind::kSignal,
                           Kind::kWork,  Kind::kIo,   Kind::kChild};

// Starts what is due at once, of each kind. It is told of once, and closes itself before.
class Starter {
public:
    using Action = std::function<void()>;

    explicit Starter(Loop& loop) : loop_(loop) {}
    ~Starter() {
        for (const pid_t pid : children_)
            waitpid(pid, nullptr, 0);
    }
    Starter(const Starter&) = delete;
    Starter& operator=(const Starter&) = delete;

    // The handle; a post has none.
    plx_handle start(Kind kind, const Action& action) {
        switch (kind) {
            case Kind::kTimer:
                return loop_.timer(0, 0, [this, action](plx_handle own) {
                    CHECK(loop_.close(own) == 0);
                    action();
                });
            case Kind::kPost:
                loop_.post(action);
                return 0;
            case Kind::kSignal:
                return start_signal(action);
            case Kind::kWork:
                return start_work(action);
            case Kind::kIo:
                return start_io(action);
            default:
                return start_child(action);
        }
    }

private:
    plx_handle start_signal(const Action& action) {
        const plx_handle handle = loop_.signal(SIGUSR1, [this, action](plx_handle own, int) {
            CHECK(loop_.close(own) == 0);
            action();
        });
        REQUIRE(raise(SIGUSR1) == 0);
        return handle;
    }
    plx_handle start_work(const Action& action) {
        works_.emplace_back(nothing, [action](plx_handle, int) { action(); });
        REQUIRE(works_.back().start(loop_) == 0);
        await_work(loop_);
        return works_.back().handle();
    }
    plx_handle start_io(const Action& action) {
        pairs_.push_back(make_socket_pair());
        return loop_.io(pairs_.back().ours, PLX_WRITABLE, [this, action](plx_handle own, uint32_t) {
            CHECK(loop_.close(own) == 0);
            action();
        });
    }
    plx_handle start_child(const Action& action) {
        const pid_t pid = fork();
        if (pid == 0) _exit(0);
        REQUIRE(pid > 0);
        children_.push_back(pid);
        siginfo_t info;
        REQUIRE(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
        return loop_.child(pid, [action](plx_handle, int) { action(); });
    }

    Loop& loop_;
    std::deque<Work> works_;
    std::vector<Pair> pairs_;
    std::vector<pid_t> children_;
};

}  // namespace

TEST_CASE("an iteration runs timers, then posts, signals, work that is done, and I/O") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    Starter starter(loop);
    std::string order;
    const auto append = [&](char name) { return [&order, name] { order += name; }; };
    starter.start(Kind::kIo, append('i'));
    starter.start(Kind::kWork, append('w'));
    starter.start(Kind::kSignal, append('s'));
    starter.start(Kind::kPost, append('p'));
    starter.start(Kind::kTimer, append('t'));
    loop.run_once();
    CHECK(order == "tpswi");
}

TEST_CASE("what a callback starts is not run in the same iteration, whatever the two are") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    for (const Kind outer : kKinds) {
        for (const Kind inner : kKinds) {
            INFO("kinds " << static_cast<int>(outer) << " and " << static_cast<int>(inner));
            Loop loop(backend);
            Starter starter(loop);
            bool is_started = false;
            int calls = 0;
            starter.start(outer, [&] {
                is_started = true;
                starter.start(inner, [&] { ++calls; });
            });
            while (!is_started)
                loop.run_once();
            CHECK(calls == 0);
            CHECK(loop.run() == 0);
            CHECK(calls == 1);
        }
    }
}

TEST_CASE("what an earlier callback of the iteration closes is not run, whatever it is") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    for (const Kind victim : {Kind::kTimer, Kind::kSignal, Kind::kIo, Kind::kChild}) {
        INFO("kind " << static_cast<int>(victim));
        Loop loop(backend);
        Starter starter(loop);
        plx_handle handle = 0;
        int calls = 0;
        starter.start(Kind::kTimer, [&] { CHECK(loop.close(handle) == 0); });
        handle = starter.start(victim, [&] { ++calls; });
        loop.run_once();
        CHECK(loop.run() == 0);
        CHECK(calls == 0);
    }
}

TEST_CASE("a handle may be closed by its own callback, unless it has ended by then") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    for (const Kind kind : {Kind::kTimer, Kind::kSignal, Kind::kIo, Kind::kChild, Kind::kWork}) {
        INFO("kind " << static_cast<int>(kind));
        Loop loop(backend);
        Starter starter(loop);
        plx_handle handle = 0;
        int calls = 0;
        // The starter has closed it where there was something to close.
        handle = starter.start(kind, [&] {
            ++calls;
            CHECK(loop.close(handle) == -ENOENT);
        });
        CHECK(loop.run() == 0);
        CHECK(calls == 1);
        CHECK(loop.close(handle) == -ENOENT);
    }
}

TEST_CASE("a slot that is used again by a callback is not told of its predecessor's event") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair first = make_socket_pair();
    const Pair second = make_socket_pair();
    int calls = 0;
    plx_handle handles[2];
    const auto replace = [&](plx_handle own, uint32_t) {
        const plx_handle other = own == handles[0] ? handles[1] : handles[0];
        CHECK(loop.close(other) == 0);
        // The same descriptor and the same slot, not the same handle.
        const int fd = other == handles[0] ? first.ours : second.ours;
        const plx_handle reused = loop.io(fd, PLX_READABLE, [&](plx_handle, uint32_t) { ++calls; });
        CHECK(static_cast<uint32_t>(reused) == static_cast<uint32_t>(other));
        CHECK(loop.close(own) == 0);
    };
    handles[0] = loop.io(first.ours, PLX_WRITABLE, replace);
    handles[1] = loop.io(second.ours, PLX_WRITABLE, replace);
    loop.run_once();
    CHECK(loop.run_nowait() == 1);
    CHECK(calls == 0);
    CHECK(loop.stats().io_events == 1);
}
