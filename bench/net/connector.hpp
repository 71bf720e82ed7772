// SPDX-License-Identifier: MIT
#pragma once

#include "support/sockets.hpp"

#include <cstddef>
#include <cstdint>
#include <thread>

namespace bench {

// A thread that makes connections, as many at a time as it is told, waits for each until the server
// has accepted and closed it, and says when all are done: by a byte to each of the pairs.
class Connector {
public:
    Connector(uint16_t port, uint64_t count, size_t at_a_time, const Pairs& ends, size_t end_count);

    // Nanoseconds from the first to the last.
    int64_t finish();

private:
    void connect_all() const;

    const uint16_t port_;
    const uint64_t count_;
    const size_t at_a_time_;
    const Pairs& ends_;
    const size_t end_count_;
    int64_t taken_ = 0;
    std::thread thread_;
};

}  // namespace bench
