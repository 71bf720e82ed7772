// SPDX-License-Identifier: MIT
// Contract 5, 6 and 7: books kept on all that eight threads do with one poller. Each registration
// has a token of its own, and each token an account.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

#include <atomic>

using namespace support;

namespace {

constexpr int kOwners = 4;
constexpr int kWaiters = 3;
constexpr uint64_t kRounds = 60;
constexpr uint64_t kSteps = 5;

struct Account {
    std::atomic<int> reports = 0;
    // When the change or the removal had returned that ended it; 0 while it has not.
    std::atomic<uint64_t> ended_at = 0;
};

struct Books {
    const Poller& poller;
    const bool has_edge;
    std::vector<Account> accounts{kOwners * kRounds * kSteps};
    std::atomic<uint64_t> ticks = 1;  // the order of things, in all threads
    std::atomic<int> wakes = 0;
    std::atomic<int> failures = 0;
    std::atomic<int> late = 0;
    std::atomic<bool> stop = false;
    const Stopwatch watch{};

    bool is_in_time() const { return watch.elapsed() < kHang; }

    Account& of(uint64_t token) { return accounts[static_cast<size_t>(token)]; }

    // Until the token was reported.
    void await(uint64_t token) {
        while (of(token).reports == 0 && is_in_time())
            std::this_thread::yield();
        failures += of(token).reports == 0;
    }

    void end(uint64_t token) { of(token).ended_at = ticks++; }

    void record(const Batch& batch, uint64_t began_at) {
        failures += batch.rc < 1;
        for (const plx_event& event : batch.events) {
            if (event.events == PLX_WOKEN) {
                ++wakes;
                continue;
            }
            Account& account = of(event.token);
            ++account.reports;
            const uint64_t ended_at = account.ended_at;
            late += ended_at != 0 && ended_at < began_at;
        }
    }

    void wait_on() {
        while (!stop) {
            const uint64_t began_at = ticks++;
            record(poller.wait(-1, 3), began_at);
        }
        poller.wake();  // a wake ends one wait: passed on to the next waiter
    }

    void change(int fd, uint64_t token, uint32_t interest) {
        failures += poller.modify(fd, token, interest) != 0;
        end(token - 1);
    }

    // Each step is a token: two one-shots, an edge, a level, and one that is removed while its
    // event is on its way.
    void live(const Pair& pair, uint64_t token) {
        failures += poller.add(pair.ours, token, PLX_READABLE | PLX_ONESHOT) != 0;
        failures += write(pair.theirs, "x", 1) != 1;
        await(token);
        change(pair.ours, ++token, PLX_READABLE | PLX_ONESHOT);
        await(token);
        change(pair.ours, ++token, PLX_READABLE | (has_edge ? PLX_EDGE : 0));
        await(token);
        change(pair.ours, ++token, PLX_READABLE);
        await(token);
        failures += drain(pair.ours) != 1;
        change(pair.ours, ++token, PLX_READABLE);
        failures += write(pair.theirs, "x", 1) != 1;
        failures += poller.remove(pair.ours) != 0;
        end(token);
        failures += drain(pair.ours) != 1;
    }

    void own(const Pair& pair, uint64_t owner) {
        for (uint64_t round = 0; round < kRounds && is_in_time(); ++round)
            live(pair, (owner * kRounds + round) * kSteps);
    }

    // Each after the report of the last; how many.
    int wake_until(const std::atomic<bool>& done) {
        int sent = 0;
        while (!done && is_in_time()) {
            failures += poller.wake() != 0;
            ++sent;
            while (wakes < sent && is_in_time())
                std::this_thread::yield();
        }
        return sent;
    }
};

// How many of the one-shots were reported other than once.
int wrong_oneshots(const Books& books) {
    int wrong = 0;
    for (size_t first = 0; first < books.accounts.size(); first += kSteps) {
        wrong += books.accounts[first].reports != 1;
        wrong += books.accounts[first + 1].reports != 1;
    }
    return wrong;
}

}  // namespace

TEST_CASE("of eight threads' registrations and wakes none is lost, doubled or late") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Poller poller(backend);
    std::vector<Pair> pairs;
    for (int i = 0; i < kOwners; ++i)
        pairs.push_back(make_socket_pair());
    Books books{poller, has(backend, PLX_CAP_EDGE)};
    std::atomic<bool> done = false;
    std::atomic<int> sent = 0;
    {
        std::vector<Thread> waiters;
        for (int i = 0; i < kWaiters; ++i)
            waiters.emplace_back([&] { books.wait_on(); });
        Thread waker([&] { sent = books.wake_until(done); });
        {
            std::vector<Thread> owners;
            for (size_t owner = 0; owner < kOwners; ++owner)
                owners.emplace_back([&, owner] { books.own(pairs[owner], owner); });
        }
        done = true;
        waker.join();
        CHECK(books.wakes == sent);
        books.stop = true;
        REQUIRE(poller.wake() == 0);
    }
    CHECK(sent > 0);
    CHECK(books.failures == 0);
    CHECK(books.late == 0);
    CHECK(wrong_oneshots(books) == 0);
    CHECK(poller.count() == 0);
    CHECK(poller.wait(kHang).woken());  // the one that the last waiter passed on
    CHECK(poller.is_silent());
}
