// SPDX-License-Identifier: MIT
// Contract 4: exclusive wakes fewer waiters where the capability says so.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

#include <sys/eventfd.h>

#include <atomic>
#include <memory>

using namespace support;

namespace {

constexpr int kPollers = 6;

// How many of the pollers that wait for one descriptor hear of one write.
int how_many_hear(uint32_t backend, uint32_t mode) {
    const Fd counter(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    std::vector<std::unique_ptr<Poller>> pollers;
    for (int i = 0; i < kPollers; ++i) {
        pollers.push_back(std::make_unique<Poller>(backend));
        REQUIRE(pollers.back()->add(counter, 1, PLX_READABLE | mode) == 0);
    }
    std::atomic<int> heard = 0;
    std::vector<Thread> waiters;
    for (const auto& poller : pollers) {
        waiters.emplace_back([&heard, &poller] { heard += poller->wait(kHang).has(1); });
    }
    let_others_block();
    const uint64_t one = 1;
    REQUIRE(write(counter, &one, sizeof one) == sizeof one);
    let_others_block();
    for (const auto& poller : pollers)
        REQUIRE(poller->wake() == 0);
    waiters.clear();
    return heard;
}

}  // namespace

TEST_CASE("exclusive wakes fewer than all where the capability says so") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_EXCLUSIVE)) return;
    // A waiter that has not yet blocked finds the descriptor ready by itself, so on a busy machine
    // one try proves nothing.
    int fewest = kPollers;
    for (int attempt = 0; attempt < 20 && fewest == kPollers; ++attempt) {
        fewest = std::min(fewest, how_many_hear(backend, PLX_EXCLUSIVE));
        CHECK(fewest >= 1);
    }
    CHECK(fewest < kPollers);
}

TEST_CASE("without the capability exclusive wakes them all, as without the mode") {
    FOR_EACH_BACKEND(backend);
    if (has(backend, PLX_CAP_EXCLUSIVE)) return;
    int most = 0;
    for (int attempt = 0; attempt < 20 && most < kPollers; ++attempt) {
        most = std::max(most, how_many_hear(backend, PLX_EXCLUSIVE));
    }
    CHECK(most == kPollers);
}
