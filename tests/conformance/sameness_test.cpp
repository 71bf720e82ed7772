// SPDX-License-Identifier: MIT
// The same calls give the same answers on every backend: scripts are run on each, and what they
// saw is compared. Hints are left out, and so is the order of events within a batch.
#include "support/fds.hpp"
#include "support/poller.hpp"

#include <functional>
#include <random>

using namespace support;

namespace {

// What a script saw, one line for each call.
class Log {
public:
    void result(int rc) { lines_.push_back(rc < 0 ? plx_error_name(rc) : std::to_string(rc)); }
    void batch(const Batch& batch) {
        std::vector<std::string> events;
        for (const plx_event& event : batch.events) {
            events.push_back(std::to_string(event.token) + " " +
                             names_of(event.events & (kConditions | PLX_WOKEN)));
        }
        std::sort(events.begin(), events.end());
        result(batch.rc);
        for (const std::string& event : events)
            lines_.push_back("  " + event);
    }
    const std::vector<std::string>& lines() const { return lines_; }

private:
    std::vector<std::string> lines_;
};

void compare(const std::function<void(const Poller&, Log&)>& script) {
    std::vector<std::string> first;
    for (const uint32_t backend : available_backends()) {
        INFO("backend: " << plx_backend_name(backend));
        const Poller poller(backend);
        Log log;
        script(poller, log);
        if (first.empty()) first = log.lines();
        CHECK(log.lines() == first);
    }
    CHECK_FALSE(first.empty());
}

}  // namespace

TEST_CASE("the life of a registration is the same on every backend") {
    compare([](const Poller& poller, Log& log) {
        Pair pair = make_socket_pair();
        const uint32_t both = PLX_READABLE | PLX_WRITABLE;
        log.result(poller.remove(pair.ours));
        log.result(poller.modify(pair.ours, 1, both));
        log.result(poller.add(pair.ours, 1, PLX_READABLE));
        log.result(poller.add(pair.ours, 2, PLX_READABLE));
        log.batch(poller.wait(0));
        send_byte(pair.theirs);
        log.batch(poller.wait(0));
        log.result(poller.modify(pair.ours, 3, both));
        log.batch(poller.wait(0));
        log.result(poller.wake());
        log.batch(poller.wait(0));
        log.result(poller.modify(pair.ours, 4, both | PLX_ONESHOT));
        log.batch(poller.wait(0));
        log.batch(poller.wait(0));
        log.result(poller.modify(pair.ours, 5, PLX_EXCLUSIVE | PLX_ONESHOT));
        log.result(poller.modify(pair.ours, 5, PLX_EXCLUSIVE | PLX_READABLE));
        log.batch(poller.wait(0));
        log.result(poller.modify(pair.ours, 6, 0));
        log.batch(poller.wait(0));
        const int number = pair.ours.close();
        log.result(poller.modify(number, 7, PLX_READABLE));
        log.result(poller.remove(number));
        log.result(poller.remove(number));
        log.batch(poller.wait(0));
        log.result(static_cast<int>(poller.count()));
    });
}

TEST_CASE("wrong calls are the same on every backend") {
    compare([](const Poller& poller, Log& log) {
        const Fd file = make_regular_file();
        const Fd directory = open_directory();
        const Pair pair = make_pipe();
        for (const int fd : {-1, unused_number(), int{file}, int{directory}, int{pair.ours}}) {
            for (const uint32_t interest : {0U, 0x8000U, PLX_READABLE, PLX_ONESHOT | PLX_EXCLUSIVE,
                                            PLX_ERROR, PLX_WOKEN, PLX_HANGUP | PLX_READABLE}) {
                log.result(poller.modify(fd, 1, interest));
                log.result(poller.add(fd, 1, interest));
                log.result(poller.remove(fd));
            }
        }
        log.result(static_cast<int>(poller.count()));
    });
}

TEST_CASE("a peer that comes and goes is the same on every backend") {
    compare([](const Poller& poller, Log& log) {
        Pair pair = make_socket_pair();
        log.result(poller.add(pair.ours, 1, PLX_READABLE));
        send_byte(pair.theirs);
        REQUIRE(shutdown(pair.theirs, SHUT_WR) == 0);
        log.batch(poller.wait(0));
        drain(pair.ours);
        log.batch(poller.wait(0));
        pair.theirs.close();
        log.batch(poller.wait(0));
        log.result(poller.modify(pair.ours, 2, 0));
        log.batch(poller.wait(0));
        log.result(poller.remove(pair.ours));
    });
}

TEST_CASE("a thousand calls drawn by lot are the same on every backend") {
    const auto seed = GENERATE(range(1U, 9U));
    INFO("seed " << seed);
    compare([seed](const Poller& poller, Log& log) {
        std::minstd_rand lot(seed);
        const auto draw = [&](uint32_t most) { return static_cast<uint32_t>(lot()) % most; };
        constexpr uint32_t kInterests[] = {0,
                                           PLX_READABLE,
                                           PLX_WRITABLE,
                                           PLX_READABLE | PLX_WRITABLE,
                                           PLX_READABLE | PLX_ONESHOT,
                                           PLX_READABLE | PLX_WRITABLE | PLX_ONESHOT,
                                           PLX_READABLE | PLX_EXCLUSIVE,
                                           PLX_ONESHOT};
        std::vector<Pair> pairs;
        for (int i = 0; i < 4; ++i)
            pairs.push_back(make_socket_pair());
        for (uint64_t step = 0; step < 1000; ++step) {
            const Pair& pair = pairs[draw(4)];
            const uint32_t interest = kInterests[draw(8)];
            switch (draw(8)) {
                case 0:
                    log.result(poller.add(pair.ours, step, interest));
                    break;
                case 1:
                case 2:
                    log.result(poller.modify(pair.ours, step, interest));
                    break;
                case 3:
                    log.result(poller.remove(pair.ours));
                    break;
                case 4:
                    send_byte(pair.theirs);
                    break;
                case 5:
                    drain(pair.ours);
                    break;
                case 6:
                    log.result(poller.wake());
                    break;
                default:
                    log.batch(poller.wait(0));
            }
        }
    });
}
