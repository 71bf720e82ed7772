// SPDX-License-Identifier: MIT
#include "net/connections.hpp"

#include "net/listener.hpp"
#include "support/process.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

static int accept_next(int listener) {
    pollfd ready{listener, POLLIN, 0};
    check(poll(&ready, 1, -1), "poll");
    const int fd = accept(listener, nullptr, nullptr);
    check(fd, "accept");
    return fd;
}

static void set_up(int fd) {
    constexpr int kOn = 1;
    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn), "TCP_NODELAY");
    check(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
}

Connections::Connections(size_t count) {
    // libuv closes what it is given, so it gets a third descriptor.
    require_descriptors(count * 3);
    const Listener listener(0, false);
    const uint16_t port = listener.port();
    connections_.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        const int client = connect_to(port);
        const int server = accept_next(listener.fd());
        set_up(client);
        set_up(server);
        connections_.push_back({client, server});
    }
}

Connections::~Connections() {
    for (const Connection& connection : connections_) {
        close(connection.client);
        close(connection.server);
    }
}

}  // namespace bench
