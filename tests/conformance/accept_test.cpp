// SPDX-License-Identifier: MIT
// Contract 6: several waiters on one listener, who race for each connection.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/threads.hpp"

#include <poll.h>

#include <array>
#include <atomic>

using namespace support;

namespace {

constexpr int kWaiters = 4;
constexpr int kBursts = 6;
constexpr int kBurst = 16;
constexpr int kBacklog = 64;

struct Listener {
    Fd fd;
    sockaddr_in address{};

    Listener() : fd(make_private(socket(AF_INET, SOCK_STREAM, 0))) {
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* name = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(bind(fd, name, size) == 0);
        REQUIRE(listen(fd, kBacklog) == 0);
        REQUIRE(getsockname(fd, name, &size) == 0);
    }

    // A connection that has said its number.
    Fd connect(int number) const {
        Fd client(socket(AF_INET, SOCK_STREAM, 0));
        REQUIRE(client >= 0);
        const auto* name = reinterpret_cast<const sockaddr*>(&address);
        REQUIRE(::connect(client, name, sizeof address) == 0);
        const auto byte = static_cast<unsigned char>(number);
        REQUIRE(write(client, &byte, 1) == 1);
        return client;
    }
};

// The one byte that is on its way, or -1.
int receive(int fd) {
    pollfd record{fd, POLLIN, 0};
    unsigned char byte;
    if (poll(&record, 1, static_cast<int>(kHang / kMillisecond)) != 1) return -1;
    return read(fd, &byte, 1) == 1 ? byte : -1;
}

struct Service {
    const Listener& listener;
    uint32_t mode;
    std::atomic<bool> stop = false;
    std::atomic<int> failures = 0;
    std::array<std::atomic<int>, kBursts * kBurst> served{};

    // False if there was none.
    bool serve_one() {
        const Fd fd(accept(listener.fd, nullptr, nullptr));
        if (fd < 0) {
            failures += errno != EAGAIN && errno != EWOULDBLOCK;
            return false;
        }
        const int number = receive(fd);
        if (number < 0 || number >= kBursts * kBurst) {
            ++failures;
            return true;
        }
        ++served[static_cast<size_t>(number)];
        const auto byte = static_cast<unsigned char>(number);
        failures += write(fd, &byte, 1) != 1;
        return true;
    }

    void serve(const Poller& poller) {
        // An edge is reported once for all that wait to be accepted; what is reported as long as it
        // holds, or armed again, is taken one by one, so that others have to hear of the rest.
        while (serve_one() && (mode & PLX_EDGE) != 0) {
        }
        if ((mode & PLX_ONESHOT) == 0) return;
        failures += poller.modify(listener.fd, 1, PLX_READABLE | mode) != 0;
    }

    void run(const Poller& poller) {
        while (!stop) {
            const Batch batch = poller.wait(-1);
            failures += batch.rc < 1;
            if (batch.has(1)) serve(poller);
        }
        poller.wake();  // a wake ends one wait: passed on to the next waiter
    }
};

void connect_in_bursts(const Listener& listener, std::atomic<int>* answered) {
    for (int burst = 0; burst < kBursts; ++burst) {
        std::vector<Fd> clients;
        for (int i = 0; i < kBurst; ++i)
            clients.push_back(listener.connect(burst * kBurst + i));
        for (int i = 0; i < kBurst; ++i)
            *answered += receive(clients[static_cast<size_t>(i)]) == burst * kBurst + i;
    }
}

uint32_t some_mode(uint32_t backend) {
    const uint32_t mode = GENERATE(uint32_t{0}, PLX_EDGE, PLX_EXCLUSIVE, PLX_ONESHOT);
    return mode == PLX_EDGE && !has(backend, PLX_CAP_EDGE) ? 0 : mode;
}

void check(const Service& service, int answered) {
    CHECK(answered == kBursts * kBurst);
    CHECK(service.failures == 0);
    for (const std::atomic<int>& times : service.served)
        CHECK(times == 1);
}

}  // namespace

TEST_CASE("of several waiters exactly one serves each connection, in every mode") {
    FOR_EACH_BACKEND(backend);
    const uint32_t mode = some_mode(backend);
    INFO("mode " << mode);
    const Watchdog watchdog;
    const Listener listener;
    const Poller poller(backend);
    Service service{listener, mode};
    REQUIRE(poller.add(listener.fd, 1, PLX_READABLE | mode) == 0);
    std::atomic<int> answered = 0;
    {
        std::vector<Thread> waiters;
        for (int i = 0; i < kWaiters; ++i)
            waiters.emplace_back([&] { service.run(poller); });
        connect_in_bursts(listener, &answered);
        service.stop = true;
        REQUIRE(poller.wake() == 0);
    }
    check(service, answered);
}

TEST_CASE("of several pollers on one listener exactly one serves each connection, in every mode") {
    FOR_EACH_BACKEND(backend);
    const uint32_t mode = some_mode(backend);
    INFO("mode " << mode);
    const Watchdog watchdog;
    const Listener listener;
    Service service{listener, mode};
    std::array<Poller, kWaiters> pollers{Poller(backend), Poller(backend), Poller(backend),
                                         Poller(backend)};
    for (const Poller& poller : pollers)
        REQUIRE(poller.add(listener.fd, 1, PLX_READABLE | mode) == 0);
    std::atomic<int> answered = 0;
    {
        std::vector<Thread> waiters;
        for (const Poller& poller : pollers)
            waiters.emplace_back([&] { service.run(poller); });
        connect_in_bursts(listener, &answered);
        service.stop = true;
        for (const Poller& poller : pollers)
            REQUIRE(poller.wake() == 0);
    }
    check(service, answered);
}
