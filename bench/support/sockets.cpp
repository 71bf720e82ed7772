// SPDX-License-Identifier: MIT
#include "support/sockets.hpp"

#include "support/process.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

Pairs::Pairs(size_t count) {
    require_descriptors(count * 2);
    pairs_.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        int ends[2];
        check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
        for (const int fd : ends)
            check(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
        pairs_.push_back({ends[0], ends[1]});
    }
}

Pairs::~Pairs() {
    for (const Pair& pair : pairs_) {
        close(pair.first);
        close(pair.second);
    }
}

void drain(int fd) {
    char bytes[256];
    while (read(fd, bytes, sizeof bytes) > 0) {
    }
}

void fill(int fd) {
    const int least = 1;  // the kernel knows how little it can do with
    check(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least), "SO_SNDBUF");
    char bytes[256] = {};
    while (write(fd, bytes, sizeof bytes) > 0) {
    }
}

}  // namespace bench
