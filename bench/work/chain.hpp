// SPDX-License-Identifier: MIT
// A chain of socket pairs closed to a ring, with bytes running round in it: whoever is readable
// reads one byte and writes it to the next. `active` bytes, evenly spread, are under way at any
// time. With `kOnce` each descriptor is watched for one event, and armed again by its handler.
#pragma once

#include "work/measured.hpp"

#include <unistd.h>

#include <memory>
#include <vector>

namespace bench {

template <typename Loop>
struct Chain {
    Loop loop;
    uint64_t left = 0;
};

template <typename Loop, bool kOnce>
struct Link {
    [[no_unique_address]] typename Loop::Watch watch;
    int reader;
    int next_writer;
    Chain<Loop>* chain;

    void ready() {
        char byte;
        if (read(reader, &byte, 1) != 1) fail("read");
        if constexpr (kOnce) chain->loop.rearm(reader, this);
        if (write(next_writer, &byte, 1) != 1) fail("write");
        if (--chain->left == 0) chain->loop.stop();
    }
};

// At least `events`; a loop finishes the events of the wait in which it is stopped.
template <bool kOnce, typename Loop>
Sample run_chain(Chain<Loop>& chain, uint64_t events) {
    chain.left = events;
    Sample sample = measure<Link<Loop, kOnce>>(chain.loop);
    sample.events = events - chain.left;
    return sample;
}

template <typename Loop, bool kOnce = false>
Sample chain(const Parameters& parameters) {
    const Pairs& pairs = *parameters.pairs;
    auto chain = std::make_unique<Chain<Loop>>();
    std::vector<Link<Loop, kOnce>> links(parameters.fds);
    for (size_t i = 0; i < links.size(); ++i) {
        links[i].reader = pairs[i].first;
        links[i].next_writer = pairs[(i + 1) % links.size()].second;
        links[i].chain = chain.get();
        if constexpr (kOnce) {
            chain->loop.add_once(links[i].reader, &links[i]);
        } else {
            chain->loop.add(links[i].reader, &links[i]);
        }
    }
    for (size_t i = 0; i < parameters.active; ++i) {
        const Pair& pair = pairs[i * links.size() / parameters.active];
        if (write(pair.second, "", 1) != 1) fail("write");
    }
    run_chain<kOnce>(*chain, parameters.active);  // warms up
    const Sample sample = run_chain<kOnce>(*chain, parameters.events);
    for (Link<Loop, kOnce>& link : links) {
        chain->loop.remove(link.reader, &link);
        drain(link.reader);
    }
    return sample;
}

template <typename Loop>
Sample one_shot(const Parameters& parameters) {
    return chain<Loop, true>(parameters);
}

}  // namespace bench
