// SPDX-License-Identifier: MIT
#include "net/listener.hpp"

#include "support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

static int open_socket() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(fd, "socket");
    return fd;
}

static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

Listener::Listener(uint16_t port, bool is_shared) : fd_(open_socket()) {
    constexpr int kOn = 1;
    constexpr int kBacklog = 128;
    if (is_shared) {
        check(setsockopt(fd_, SOL_SOCKET, kReusePort, &kOn, sizeof kOn), "SO_REUSEPORT");
    }
    const sockaddr_in address = loopback(port);
    check(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    check(listen(fd_, kBacklog), "listen");
    check(fcntl(fd_, F_SETFL, O_NONBLOCK), "fcntl");
}

Listener::~Listener() {
    close(fd_);
}

uint16_t Listener::port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    check(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.sin_port);
}

int connect_to(uint16_t port) {
    const int fd = open_socket();
    const linger reset{1, 0};
    check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), "SO_LINGER");
    const sockaddr_in address = loopback(port);
    check(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
    return fd;
}

}  // namespace bench
