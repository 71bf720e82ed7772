// SPDX-License-Identifier: MIT
// The work as the crate in ../rust does it: all of it is on the other side of one call.
#pragma once

#include "contender.hpp"
#include "support/statistics.hpp"

#include <vector>

namespace bench {

using RustChain = Sample(const Pair* pairs, size_t count, size_t active, uint64_t events);
// Reads up to 4 KiB and writes them back, until so many messages were served.
using RustEcho = Sample(const int* connections, size_t count, uint64_t messages);
// Fills in how many nanoseconds each trip took.
using RustPing = void(double* trips, size_t count);

template <RustChain* kChain>
Sample rust_chain(const Parameters& parameters) {
    return kChain(&(*parameters.pairs)[0], parameters.fds, parameters.active, parameters.events);
}

template <RustPing* kPing>
double rust_ping(const Parameters& parameters) {
    std::vector<double> trips(static_cast<size_t>(parameters.trips));
    kPing(trips.data(), trips.size());
    return spread_of(trips).median;
}

template <RustChain* kChain, RustPing* kPing>
constexpr Contender rust_contender(const char* name) {
    return {.name = name, .chain = rust_chain<kChain>, .ping = rust_ping<kPing>};
}

}  // namespace bench
