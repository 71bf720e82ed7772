// SPDX-License-Identifier: MIT
// What registered descriptors cost in memory, all of it: after the first wait too.
#pragma once

#include "work/measured.hpp"

#include "support/allocated.hpp"

#include <unistd.h>

#include <memory>
#include <vector>

namespace bench {

template <typename Loop>
struct Silent {
    [[no_unique_address]] typename Loop::Watch watch;
    int reader = -1;
    Loop* loop = nullptr;

    void ready() {
        drain(reader);
        loop->stop();
    }
};

template <typename Loop>
Footprint memory(const Parameters& parameters) {
    const Pairs& pairs = *parameters.pairs;
    auto loop = std::make_unique<Loop>();
    std::vector<Silent<Loop>> handlers(parameters.fds);
    const int64_t before = allocated_bytes();
    for (size_t i = 0; i < handlers.size(); ++i) {
        const Pair& pair = pairs[i / 2];
        handlers[i].reader = i % 2 == 0 ? pair.first : pair.second;
        handlers[i].loop = loop.get();
        loop->add(handlers[i].reader, &handlers[i]);
    }
    if (write(pairs[0].second, "", 1) != 1) fail("write");
    loop->template run<Silent<Loop>>();
    const int64_t after = allocated_bytes();
    for (Silent<Loop>& handler : handlers)
        loop->remove(handler.reader, &handler);
    const size_t watch = std::is_empty_v<typename Loop::Watch> ? 0 : sizeof(typename Loop::Watch);
    return {before < 0 ? -1 : after - before, watch};
}

}  // namespace bench
