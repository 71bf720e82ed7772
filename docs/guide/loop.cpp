// SPDX-License-Identifier: MIT
#include <pollux/loop.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <numeric>
#include <vector>

int main() {
    using namespace std::chrono_literals;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) return 1;

    plx::loop loop;
    plx::work work;
    plx::io io(loop, ends[0], plx::readable, [&](const plx::event&) {
        char text[100];
        const auto size = read(ends[0], text, sizeof text);
        std::cout << "received ";
        std::cout.write(text, size) << '\n';
        io.close();
        const auto add_up = [] {  // in a thread of the pool
            std::vector<int> numbers(100);
            std::iota(numbers.begin(), numbers.end(), 1);
            return std::accumulate(numbers.begin(), numbers.end(), 0);
        };
        work = plx::work(loop, add_up, [](plx::outcome<int> sum) {
            std::cout << "computed " << sum.get() << '\n';
        });
    });
    plx::timer timer(loop, 10ms, [&] {
        if (write(ends[1], "hello", 5) == 5) std::cout << "sent hello\n";
    });

    loop.run();  // until nothing is left to do
    close(ends[0]);
    close(ends[1]);
}
