// SPDX-License-Identifier: MIT
// Sends back what it gets.
#pragma once

#include "work/ping_pong.hpp"

#include <unistd.h>

namespace bench {

inline constexpr Exchange kEcho = {
    "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ.",
    "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ.",
};
static_assert(kEcho.request.size() == 64);

struct EchoService {
    static uint64_t answer(int fd) {
        char bytes[1024];
        const ssize_t count = read(fd, bytes, sizeof bytes);
        if (count < 0) fail("the server: read");
        if (count == 0) fail_server("a client has gone");
        write_all(fd, bytes, static_cast<size_t>(count));
        return static_cast<uint64_t>(count);
    }
};

// For the types that have a server of their own.
template <typename Server>
NetworkSample echo_of(const Parameters& parameters) {
    return ping_pong<Server>(parameters, kEcho);
}

template <typename Loop>
NetworkSample echo(const Parameters& parameters) {
    return echo_of<LoopServer<Loop, EchoService>>(parameters);
}

}  // namespace bench
