// SPDX-License-Identifier: MIT
#include <pollux/pollux.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>

int main() {
    using namespace std::chrono_literals;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) return 1;

    plx::poller poller;
    poller.add(ends[0], 42, plx::readable);
    if (write(ends[1], "hello", 5) != 5) return 1;

    std::array<plx::event, 16> events;
    for (const plx::event& event : poller.wait(events, 5s)) {
        char text[100];
        const auto size = read(event.fd, text, sizeof text);
        std::cout << "token " << event.token << ": ";
        std::cout.write(text, size) << '\n';
    }

    if (poller.wait(events, 1ms).empty()) std::cout << "time is up\n";

    poller.remove(ends[0]);
    close(ends[0]);
    close(ends[1]);
}
