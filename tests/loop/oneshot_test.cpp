// SPDX-License-Identifier: MIT
// One-shot events of a loop, which need not always be disarmed in the kernel.
#include "support/fds.hpp"
#include "support/loop.hpp"

#include <unistd.h>

using namespace support;

namespace {

constexpr uint32_t kOnce = PLX_WRITABLE | PLX_ONESHOT;

// A writable descriptor whose callback arms it again as often as it is told to.
struct Rearmed {
    Rearmed(uint32_t backend, int rearmed)
        : loop(backend), pair(make_socket_pair()), times(rearmed) {
        handle = loop.io(pair.ours, kOnce, [this](plx_handle own, uint32_t what) {
            ++calls;
            seen = what;
            if (calls <= times) CHECK(plx_io_set(loop.get(), own, kOnce) == 0);
        });
    }
    void run(int iterations) {
        for (int i = 0; i < iterations; ++i)
            loop.run_nowait();
    }
    // Does a wait end for nothing but a timer?
    bool waits_in_peace() {
        run(1);
        bool has_fired = false;
        loop.timer(kMoment, 0, [&](plx_handle own) {
            has_fired = true;
            loop.close(own);
        });
        loop.run_once();
        return has_fired;
    }

    Loop loop;
    Pair pair;
    plx_handle handle = 0;
    int calls = 0;
    int times;
    uint32_t seen = 0;
};

}  // namespace

TEST_CASE("a one-shot event comes once, and again after the same interest is set again") {
    FOR_EACH_BACKEND(backend);
    Rearmed once(backend, 0);
    once.run(2);
    CHECK(once.calls == 1);
    REQUIRE(plx_io_set(once.loop.get(), once.handle, kOnce) == 0);
    once.run(2);
    CHECK(once.calls == 2);
}

TEST_CASE("a one-shot that its callback arms again costs no system call from the second time on") {
    FOR_EACH_BACKEND(backend);
    Rearmed once(backend, 10);
    once.run(10);
    CHECK(once.calls == 10);
    CHECK(once.loop.stats().interest_changes == 1);
}

TEST_CASE("a one-shot is silent once it is not armed again, however often it has been") {
    FOR_EACH_BACKEND(backend);
    const int times = GENERATE(0, 1, 2, 5);
    Rearmed once(backend, times);
    once.run(times + 3);
    CHECK(once.waits_in_peace());
    CHECK(once.calls == times + 1);
    once.pair.theirs.close();
    CHECK(once.waits_in_peace());
    CHECK(once.calls == times + 1);
    REQUIRE(plx_io_set(once.loop.get(), once.handle, kOnce) == 0);
    once.run(3);
    CHECK(once.calls == times + 2);
    CHECK((once.seen & PLX_HANGUP) != 0);
}

TEST_CASE("a one-shot may become another interest, however often it has been one") {
    FOR_EACH_BACKEND(backend);
    const int times = GENERATE(0, 1, 2, 5);
    Rearmed once(backend, times);
    once.run(times + 1);
    // The last call has left it disarmed.
    REQUIRE(plx_io_set(once.loop.get(), once.handle, PLX_READABLE | PLX_ONESHOT) == 0);
    once.run(2);
    CHECK(once.calls == times + 1);
    REQUIRE(plx_io_set(once.loop.get(), once.handle, PLX_WRITABLE) == 0);
    once.run(4);
    CHECK(once.calls == times + 5);
    once.times = once.calls + 2;
    once.run(5);
    CHECK(once.calls == once.times + 1);
}

TEST_CASE("a spent one-shot whose number is closed stays silent while a duplicate is open") {
    FOR_EACH_BACKEND(backend);
    const int times = GENERATE(0, 1, 5);
    Rearmed once(backend, times);
    once.run(times);
    const int duplicate = dup(once.pair.ours);
    REQUIRE(duplicate >= 0);
    once.run(1);
    once.pair.ours.close();
    CHECK(once.waits_in_peace());
    CHECK(once.calls == times + 1);
    CHECK(once.loop.close(once.handle) == 0);
    close(duplicate);
}
