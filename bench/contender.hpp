// SPDX-License-Identifier: MIT
// Who is compared, and what each of them can be asked to do.
//
// A contender is a loop type (loops/*.hpp) for which every piece of work (work/*.hpp) is compiled:
// the work is the same code for all, the loop is inlined into it, and nothing lies between them.
// A loop type has
//
//     Watch                       what a registration needs from its owner: a part of the handler
//     add(fd, handler)            watches fd for reading; handler has a member `watch`
//     remove(fd, handler)
//     run<Handler>()              calls handler->ready() for what is ready, until stop()
//     stop()
#pragma once

#include "support/sockets.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace bench {

struct Parameters {
    size_t fds = 1000;
    size_t active = 100;
    uint64_t events = 100'000;  // how many at least
    const Pairs* pairs = nullptr;
};

struct Sample {
    uint64_t events;
    int64_t wall_ns;
    int64_t processor_ns;  // user and kernel time of the thread
};

struct Footprint {
    int64_t library_bytes;  // allocated by registering all of the descriptors; -1 if unknown
    size_t watch_bytes;     // of each watch
};

struct Contender {
    const char* name;
    Sample (*chain)(const Parameters&);
    Footprint (*memory)(const Parameters&);
};

std::span<const Contender* const> contenders();

}  // namespace bench
