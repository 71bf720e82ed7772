// SPDX-License-Identifier: MIT
// Loops in several threads: they share nothing but what the program has them share.
#include "support/threads.hpp"
#include "support/fds.hpp"
#include "support/loop.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

using namespace support;

namespace {

// A ball that two loops throw to and fro; only the one that has it looks at the hits.
struct Game {
    static constexpr int kHits = 2'000;

    plx_loop* players[2];
    int hits = 0;

    static void hit(plx_loop* own, void* user) {
        auto* game = static_cast<Game*>(user);
        plx_loop* other = game->players[own == game->players[0] ? 1 : 0];
        if (++game->hits < kHits) {
            if (plx_post(other, hit, game) != 0) std::abort();
        } else if (plx_loop_stop(other) != 0 || plx_loop_stop(own) != 0) {
            std::abort();
        }
    }
};

// Timers and a conversation over a socket pair, by itself.
struct Worker {
    explicit Worker(uint32_t backend) : loop(backend), pair(make_socket_pair()) {
        loop.timer(0, 50'000, [this](plx_handle own) {
            if (++ticks == 100) loop.close(own);
        });
        loop.io(pair.ours, PLX_READABLE, [this](plx_handle own, uint32_t) {
            bytes += static_cast<int>(drain(pair.ours));
            if (bytes == 100) loop.close(own);
        });
        loop.io(pair.theirs, PLX_WRITABLE, [this](plx_handle own, uint32_t) {
            if (write(pair.theirs, "x", 1) == 1 && ++sent == 100) loop.close(own);
        });
    }

    Loop loop;
    Pair pair;
    int ticks = 0;
    int bytes = 0;
    int sent = 0;
    int rc = -1;
};

}  // namespace

TEST_CASE("two loops in two threads post to one another") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop one(backend);
    Loop other(backend);
    for (Loop* loop : {&one, &other})
        loop->timer(60 * kSecond, 0, [](plx_handle) {});
    Game game{{one.get(), other.get()}};
    REQUIRE(plx_post(one.get(), Game::hit, &game) == 0);
    int rc = 0;
    Thread thread([&] { rc = other.run(); });
    CHECK(one.run() == 1);
    thread.join();
    CHECK(rc == 1);
    CHECK(game.hits == Game::kHits);
}

TEST_CASE("loops in different threads do not disturb each other") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Worker one(backend);
    Worker other(available_backends().back());
    {
        const Thread first([&] { one.rc = one.loop.run(); });
        const Thread second([&] { other.rc = other.loop.run(); });
    }
    for (const Worker* worker : {&one, &other}) {
        CHECK(worker->rc == 0);
        CHECK(worker->ticks == 100);
        CHECK(worker->bytes == 100);
    }
}
