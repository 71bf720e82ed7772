// SPDX-License-Identifier: MIT
// The work as the crate in ../rust does it: all of it is on the other side of one call.
#pragma once

#include "contender.hpp"
#include "support/statistics.hpp"

#include <vector>

namespace bench {

struct RustChurn {  // nanoseconds, in the order of work/churn.hpp
    double add_remove;
    double add_then_remove;
    double toggle;
    double toggle_back;
    double toggle_alone;
};

struct RustStorm {
    double ns;
    double wait_ns;
};

// A server, whichever it is.
struct RustOpened {
    void* server;
    // Answers so many bytes, and then what `more` returns, which is 0 in the end.
    Sample (*serve)(void* server, uint64_t bytes, uint64_t (*more)(void* clients), void* clients);
    void (*close)(void* server);
};

// Answers what has come from a connection, which has that place among all; returns how many bytes
// of requests that were.
struct RustHttp {
    void* services;
    uint64_t (*answer)(void* services, size_t place, int fd, const char* bytes, size_t count);
};

struct RustPeer {
    Sample (*chain)(const Pair* pairs, size_t count, size_t active, uint64_t events);
    RustChurn (*churn)(const int* fds, size_t count, uint64_t changes);
    // Fills in how many nanoseconds each trip took.
    void (*ping)(double* trips, size_t count);
    double (*wake_busy)(uint64_t count);
    RustStorm (*wake_storm)(int64_t time_ns);
    RustOpened (*open_echo)(const int* fds, size_t count);
    RustOpened (*open_http)(const int* fds, size_t count, RustHttp http);
    // As Acceptor of work/accept.hpp.
    void* (*open_acceptor)(int listener, int end, bool is_exclusive);
    AcceptSample (*accept)(void* acceptor);
    void (*close_acceptor)(void* acceptor);
};

extern "C" {
extern const RustPeer bench_mio;
extern const RustPeer bench_polling;
extern const RustPeer bench_polling_level;
extern const RustPeer bench_pollux_rust;
extern const RustPeer bench_pollux_rust_edge;
extern const RustPeer bench_pollux_rust_oneshot;
}

template <const RustPeer& kPeer>
Sample rust_chain(const Parameters& parameters) {
    return kPeer.chain(&(*parameters.pairs)[0], parameters.fds, parameters.active,
                       parameters.events);
}

template <const RustPeer& kPeer>
double rust_ping(const Parameters& parameters) {
    std::vector<double> trips(static_cast<size_t>(parameters.trips));
    kPeer.ping(trips.data(), trips.size());
    return spread_of(trips).median;
}

}  // namespace bench
