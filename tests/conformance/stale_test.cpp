// SPDX-License-Identifier: MIT
// Contract 5: after remove returns, no later wait reports that registration, however its descriptor
// was closed, duplicated or reused; and no wait spins over what is left of it.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

#include <atomic>
#include <memory>

using namespace support;

// Closing what another thread waits on is what is tested here, and no mistake.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
    return "race:support::close_while_watched\n";
}

namespace {

// Less than a spinning wait of a tenth of a second gets of a busy machine, more than any wait needs
// that sleeps.
constexpr int64_t kSpun = 30 * kMillisecond;

// Nothing is reported, and the wait sleeps over it.
void require_quiet(const Poller& poller) {
    const CpuStopwatch spent;
    const Batch batch = poller.wait(100 * kMillisecond);
    INFO(describe(batch));
    REQUIRE(batch.rc == 0);
    REQUIRE(spent.elapsed() < kSpun);
}

// A readable registration whose number was closed and then removed while a duplicate keeps the file
// open: what the kernel may hold on to and can no longer delete by number.
struct LeftBehind {
    LeftBehind(const Poller& poller, uint64_t token, uint32_t interest)
        : pair(make_socket_pair()), duplicated(duplicate(pair.ours)) {
        REQUIRE(poller.add(pair.ours, token, interest) == 0);
        send_byte(pair.theirs);
        number = pair.ours.close();
        REQUIRE(poller.remove(number) == 0);
    }

    Pair pair;
    Fd duplicated;
    int number = -1;
};

}  // namespace

TEST_CASE("a removed registration is not reported though its condition holds") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    REQUIRE(poller.remove(pair.ours) == 0);
    require_quiet(poller);
}

TEST_CASE("closed with a duplicate alive and then removed: nothing is reported, nothing spins") {
    FOR_EACH_BACKEND(backend);
    const uint32_t interest = GENERATE(PLX_READABLE, PLX_READABLE | PLX_WRITABLE,
                                       PLX_READABLE | PLX_ONESHOT, PLX_READABLE | PLX_EXCLUSIVE);
    const Poller poller(backend);
    const LeftBehind old(poller, 1, interest);
    require_quiet(poller);
    send_byte(old.pair.theirs);
    require_quiet(poller);
    CHECK(poller.count() == 0);
}

TEST_CASE("dup2 over a registered number: the old file is not reported after remove") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair old = make_socket_pair();
    const Pair other = make_socket_pair();
    REQUIRE(poller.add(old.ours, 1, PLX_READABLE) == 0);
    const Fd kept = duplicate(old.ours);
    const Fd number = duplicate_at(other.ours, old.ours.close());
    REQUIRE(poller.remove(number) == 0);
    send_byte(old.theirs);
    require_quiet(poller);
    REQUIRE(poller.add(number, 2, PLX_READABLE) == 0);
    require_quiet(poller);
    send_byte(other.theirs);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
}

TEST_CASE("dup2 over a registered number and modify: the number's new file counts") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair old = make_socket_pair();
    const Pair other = make_socket_pair();
    REQUIRE(poller.add(old.ours, 1, PLX_READABLE) == 0);
    const Fd kept = duplicate(old.ours);
    const Fd number = duplicate_at(other.ours, old.ours.close());
    REQUIRE(poller.modify(number, 2, PLX_READABLE) == 0);
    send_byte(old.theirs);
    require_quiet(poller);
    send_byte(other.theirs);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    REQUIRE(poller.modify(number, 3, 0) == 0);
    require_quiet(poller);
}

TEST_CASE("dup2 back to a file that was watched exclusively, and modify: the new interest counts") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair first = make_socket_pair();
    const Pair second = make_socket_pair();
    const Fd number = duplicate(first.ours);
    REQUIRE(poller.add(number, 1, PLX_READABLE | PLX_EXCLUSIVE) == 0);
    REQUIRE(dup2(second.ours, number) == number);
    REQUIRE(poller.modify(number, 2, PLX_READABLE) == 0);
    REQUIRE(dup2(first.ours, number) == number);
    REQUIRE(poller.modify(number, 3, PLX_WRITABLE) == 0);
    expect_events(poller.wait(0), {{3, PLX_WRITABLE}});
}

TEST_CASE("dup2 over a registered number and pause: neither file is reported") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair old = make_socket_pair();
    const Pair other = make_socket_pair();
    REQUIRE(poller.add(old.ours, 1, PLX_READABLE) == 0);
    const Fd kept = duplicate(old.ours);
    const Fd number = duplicate_at(other.ours, old.ours.close());
    send_byte(old.theirs);
    send_byte(other.theirs);
    REQUIRE(poller.modify(number, 2, 0) == 0);
    require_quiet(poller);
    REQUIRE(poller.remove(number) == 0);
    require_quiet(poller);
}

TEST_CASE("the same file back under its number is a new registration") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const LeftBehind old(poller, 1, PLX_READABLE);
    const Fd back = duplicate_at(old.duplicated, old.number);
    REQUIRE(poller.add(back, 2, PLX_READABLE) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    REQUIRE(poller.remove(back) == 0);
    require_quiet(poller);
}

TEST_CASE("a number reused within one batch does not inherit the events of the old file") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair first = make_socket_pair();
    Pair second = make_socket_pair();
    REQUIRE(poller.add(first.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.add(second.ours, 2, PLX_READABLE) == 0);
    send_byte(first.theirs);
    send_byte(second.theirs);
    const Batch one = poller.wait(kHang, 1);
    REQUIRE(one.rc == 1);
    // Handling the one event, the program retires the other descriptor and opens a new file.
    Pair& other = one.has(1) ? second : first;
    REQUIRE(poller.remove(one.has(1) ? first.ours : second.ours) == 0);
    REQUIRE(poller.remove(other.ours) == 0);
    const Pair fresh = make_socket_pair();
    const bool duplicated = GENERATE(false, true);
    const Fd kept = duplicated ? duplicate(other.ours) : Fd();
    const Fd reused = duplicate_at(fresh.ours, other.ours.close());
    REQUIRE(poller.add(reused, 3, PLX_READABLE) == 0);
    require_quiet(poller);
    send_byte(fresh.theirs);
    expect_events(poller.wait(kHang), {{3, PLX_READABLE}});
}

TEST_CASE("a number reused many times never reports a token of the past") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    std::vector<Fd> kept;
    std::vector<Fd> peers;
    const int number = unused_number();
    for (uint64_t round = 1; round <= 20; ++round) {
        Pair pair = make_socket_pair();
        Fd at = duplicate_at(pair.ours, number);
        REQUIRE(poller.add(number, round, PLX_READABLE) == 0);
        send_byte(pair.theirs);
        expect_events(poller.wait(kHang), {{round, PLX_READABLE}});
        at.close();
        REQUIRE(poller.remove(number) == 0);
        kept.push_back(std::move(pair.ours));
        peers.push_back(std::move(pair.theirs));
    }
    require_quiet(poller);
}

TEST_CASE("a closed descriptor that was not removed is silent and nothing spins") {
    FOR_EACH_BACKEND(backend);
    const uint32_t interest = GENERATE(PLX_READABLE, PLX_READABLE | PLX_ONESHOT);
    const Poller poller(backend);
    Pair closed = make_socket_pair();
    const Pair other = make_socket_pair();
    REQUIRE(poller.add(closed.ours, 1, interest) == 0);
    REQUIRE(poller.add(other.ours, 2, PLX_READABLE) == 0);
    send_byte(closed.theirs);
    const int number = closed.ours.close();
    require_quiet(poller);
    send_byte(other.theirs);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    CHECK(poller.count() == 2);
    CHECK(poller.remove(number) == 0);
    CHECK(poller.count() == 1);
}

TEST_CASE("a closed descriptor that was not removed hides nothing from a small array") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pipe = make_pipe();
    pipe.ours.close();
    REQUIRE(poller.add(pipe.theirs, 1, PLX_WRITABLE) == 0);
    pipe.theirs.close();
    REQUIRE(poller.wake() == 0);
    CHECK(poller.wait(0, 1).woken());
}

TEST_CASE("the library's own descriptors may take the number of a closed one, which stays silent") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair kept = make_socket_pair();
    REQUIRE(poller.add(kept.ours, 1, PLX_READABLE) == 0);
    std::vector<Pair> closed;
    for (uint64_t i = 0; i < 4; ++i) {
        closed.push_back(make_socket_pair());
        REQUIRE(poller.add(closed.back().ours, 2, PLX_READABLE) == 0);
    }
    Pair removed = make_socket_pair();
    const Fd duplicated = duplicate(removed.ours);
    REQUIRE(poller.add(removed.ours, 3, PLX_READABLE) == 0);
    send_byte(removed.theirs);
    const int number = removed.ours.close();
    for (Pair& pair : closed)
        pair.ours.close();
    REQUIRE(poller.remove(number) == 0);
    poller.fd();
    require_quiet(poller);
    std::atomic<int> reported = 0;
    {
        std::vector<Thread> waiters;
        for (int i = 0; i < 3; ++i) {
            waiters.emplace_back([&] { reported += poller.wait(50 * kMillisecond).rc != 0; });
        }
        let_others_block();
        REQUIRE(poller.modify(kept.ours, 1, PLX_READABLE | PLX_EXCLUSIVE) == 0);
    }
    CHECK(reported == 0);
    REQUIRE(poller.wake() == 0);
    CHECK(poller.wait(kHang).woken());
    require_quiet(poller);
    CHECK(poller.count() == 5);
}

TEST_CASE("the other registrations come through a cleaning of the kernel's set") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair level = make_socket_pair();
    const Pair fired = make_socket_pair();
    const Pair armed = make_socket_pair();
    const Pair paused = make_socket_pair();
    REQUIRE(poller.add(fired.ours, 2, PLX_READABLE | PLX_ONESHOT) == 0);
    send_byte(fired.theirs);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    REQUIRE(poller.add(level.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.add(armed.ours, 3, PLX_READABLE | PLX_ONESHOT) == 0);
    REQUIRE(poller.add(paused.ours, 4, 0) == 0);
    const LeftBehind old(poller, 9, PLX_READABLE);
    require_quiet(poller);
    for (const Pair* pair : {&level, &fired, &armed, &paused})
        send_byte(pair->theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}, {3, PLX_READABLE}});
    CHECK(poller.count() == 4);
    REQUIRE(poller.modify(fired.ours, 2, PLX_READABLE) == 0);
    REQUIRE(poller.modify(paused.ours, 4, PLX_READABLE) == 0);
    REQUIRE(poller.remove(armed.ours) == 0);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}, {2, PLX_READABLE}, {4, PLX_READABLE}});
}

TEST_CASE("a wake is not lost in a cleaning of the kernel's set") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    for (int round = 0; round < 3; ++round) {
        const LeftBehind old(poller, 9, PLX_READABLE);
        REQUIRE(poller.wake() == 0);
        // With room for one event the leftover may come before the wake or after it.
        const Batch batch = poller.wait(kHang, 1);
        INFO(describe(batch));
        REQUIRE(batch.woken());
        require_quiet(poller);
    }
}

TEST_CASE("with an array full of leftovers a wait still reports what is ready behind them") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    std::vector<std::unique_ptr<LeftBehind>> old;
    for (uint64_t i = 0; i < 4; ++i) {
        old.push_back(std::make_unique<LeftBehind>(poller, 10 + i, PLX_READABLE));
    }
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    expect_events(poller.wait(0, 1), {{1, PLX_READABLE}});
}

TEST_CASE("waits in progress move on when the kernel's set is cleaned") {
    FOR_EACH_BACKEND(backend);
    // What is left behind is met by every wait, or by one only, and all the same they all move on.
    const uint32_t mode = GENERATE(uint32_t{0}, PLX_ONESHOT);
    const Poller poller(backend);
    std::atomic<int> reported = 0;
    std::atomic<int64_t> spent = 0;
    const Pair late = make_socket_pair();
    std::vector<Fd> kept;
    {
        std::vector<Thread> waiters;
        for (int i = 0; i < 3; ++i) {
            waiters.emplace_back([&] {
                const CpuStopwatch cpu;
                const Batch batch = poller.wait(kHang);
                if (batch.rc == 1 && batch.has(1)) ++reported;
                spent += cpu.elapsed();
            });
        }
        let_others_block();
        Pair pair = make_socket_pair();
        kept.push_back(duplicate(pair.ours));
        REQUIRE(poller.add(pair.ours, 9, PLX_READABLE | mode) == 0);
        const int number = close_while_watched(pair.ours);
        REQUIRE(poller.remove(number) == 0);
        send_byte(pair.theirs);
        sleep_for_ms(200);
        // Registered after the cleaning, level: ends every one of the waits.
        REQUIRE(poller.add(late.ours, 1, PLX_READABLE) == 0);
        send_byte(late.theirs);
        kept.push_back(std::move(pair.theirs));
    }
    CHECK(reported == 3);
    CHECK(spent < 5 * kSpun);
}

TEST_CASE("events of a registration that another thread has removed are never delivered") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    std::atomic<uint64_t> removed = 0;  // every token up to this one is of the past
    std::atomic<bool> stop = false;
    std::atomic<int> stale = 0;
    Thread waiter([&] {
        while (!stop) {
            const uint64_t past = removed;
            const Batch batch = poller.wait(kMillisecond, 4);
            for (const plx_event& event : batch.events)
                stale += event.token <= past;
        }
    });
    const int number = unused_number();
    std::vector<Fd> kept;
    for (uint64_t token = 1; token <= 300; ++token) {
        Pair pair = make_socket_pair();
        Fd at = duplicate_at(pair.ours, number);
        REQUIRE(poller.add(number, token, PLX_READABLE) == 0);
        send_byte(pair.theirs);
        if (token % 3 == 0) std::this_thread::yield();
        if (token % 2 == 0) close_while_watched(at);
        REQUIRE(poller.remove(number) == 0);
        removed = token;
        if (token % 5 == 0) kept.push_back(std::move(pair.ours));
        if (token % 5 == 0) kept.push_back(std::move(pair.theirs));
    }
    stop = true;
    waiter.join();
    CHECK(stale == 0);
    CHECK(poller.count() == 0);
}
