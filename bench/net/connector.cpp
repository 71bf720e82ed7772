// SPDX-License-Identifier: MIT
#include "net/connector.hpp"

#include "net/listener.hpp"
#include "support/process.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace bench {

static void await_close(int fd) {
    char byte;
    const ssize_t count = read(fd, &byte, 1);
    check(static_cast<int>(count), "a client: read");
    if (count > 0) {
        std::fputs("a client: the server has sent something\n", stderr);
        std::exit(1);
    }
    close(fd);
}

Connector::Connector(uint16_t port, uint64_t count, size_t at_a_time, const Pairs& ends,
                     size_t end_count)
    : port_(port), count_(count), at_a_time_(at_a_time), ends_(ends), end_count_(end_count) {
    thread_ = std::thread([this] {
        const int64_t before = wall_clock();
        connect_all();
        taken_ = wall_clock() - before;
        for (size_t i = 0; i < end_count_; ++i) {
            if (write(ends_[i].second, "", 1) != 1) fail("write");
        }
    });
}

// The oldest makes room for the next.
void Connector::connect_all() const {
    std::vector<int> open(at_a_time_, -1);
    for (uint64_t i = 0; i < count_ + at_a_time_; ++i) {
        int& fd = open[i % at_a_time_];
        if (fd >= 0) await_close(fd);
        fd = i < count_ ? connect_to(port_) : -1;
    }
}

int64_t Connector::finish() {
    thread_.join();
    return taken_;
}

}  // namespace bench
