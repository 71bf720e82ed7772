// SPDX-License-Identifier: MIT
// Connections that are accepted and closed, by one loop or by several in threads of their own.
// Those share one listener, or have one each on the same port. A loop type may have
//
//     add_exclusive(fd, handler)  as add(); of the loops that watch fd not all shall be woken
//     kIsEdge                     true if it is told of changes only
#pragma once

#include "net/connector.hpp"
#include "net/listener.hpp"
#include "work/measured.hpp"
#include "work/ping_pong.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <thread>
#include <vector>

namespace bench {

template <typename Loop>
inline constexpr bool kIsEdgeLoop = false;
template <typename Loop>
requires(Loop::kIsEdge) inline constexpr bool kIsEdgeLoop<Loop> = true;

// One accept for each time that the listener is readable; with edge, until nothing is left.
template <typename Loop>
class Acceptor {
public:
    // Until the other end of `end` has written.
    Acceptor(int listener, int end, bool is_exclusive)
        : connections_{.fd = listener, .acceptor = this}, end_{.fd = end, .acceptor = this} {
        add_listener(is_exclusive);
        loop_.add(end, &end_);
    }
    ~Acceptor() {
        loop_.remove(connections_.fd, &connections_);
        loop_.remove(end_.fd, &end_);
    }
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    void run() { sample_.processor_ns = measure<Handler>(loop_).processor_ns; }

    const AcceptSample& sample() const { return sample_; }

private:
    struct Handler {
        [[no_unique_address]] typename Loop::Watch watch{};
        int fd;
        Acceptor* acceptor;

        void ready() {
            if (this == &acceptor->end_) {
                acceptor->loop_.stop();
            } else {
                acceptor->accept_ready();
            }
        }
    };

    void add_listener(bool is_exclusive) {
        if constexpr (requires { loop_.add_exclusive(0, &connections_); }) {
            if (is_exclusive) return loop_.add_exclusive(connections_.fd, &connections_);
        }
        loop_.add(connections_.fd, &connections_);
    }

    void accept_ready() {
        if (!accept_one()) {
            ++sample_.in_vain;
        } else if constexpr (kIsEdgeLoop<Loop>) {
            while (accept_one()) {
            }
        }
    }

    bool accept_one() {
        const int fd = accept(connections_.fd, nullptr, nullptr);
        if (fd < 0) {
            if (errno != EAGAIN) fail("accept");
            return false;
        }
        ++sample_.connections;
        close(fd);
        return true;
    }

    Loop loop_;
    Handler connections_;
    Handler end_;
    AcceptSample sample_{};
};

template <typename Acceptor>
AcceptSample sum_of(const std::vector<std::unique_ptr<Acceptor>>& acceptors) {
    AcceptSample sample{};
    for (const auto& acceptor : acceptors) {
        sample.connections += acceptor->sample().connections;
        sample.in_vain += acceptor->sample().in_vain;
        sample.processor_ns += acceptor->sample().processor_ns;
    }
    return sample;
}

// For the types that have an acceptor of their own.
template <typename Acceptor>
AcceptSample accept_by(const Parameters& parameters) {
    const bool is_one = parameters.listeners == 1;
    const Pairs ends(parameters.threads);
    std::vector<std::unique_ptr<Listener>> listeners;
    std::vector<std::unique_ptr<Acceptor>> acceptors;
    for (size_t i = 0; i < parameters.threads; ++i) {
        const uint16_t port = i == 0 ? 0 : listeners[0]->port();
        if (i == 0 || !is_one) listeners.push_back(std::make_unique<Listener>(port, !is_one));
        acceptors.push_back(std::make_unique<Acceptor>(listeners.back()->fd(), ends[i].first,
                                                       is_one && parameters.threads > 1));
    }
    std::vector<std::thread> threads;
    for (size_t i = 1; i < parameters.threads; ++i)
        threads.emplace_back([&acceptors, i] { acceptors[i]->run(); });
    Connector clients(listeners[0]->port(), parameters.accepts, parameters.active, ends,
                      parameters.threads);
    acceptors[0]->run();
    for (std::thread& thread : threads)
        thread.join();
    AcceptSample sample = sum_of(acceptors);
    sample.wall_ns = clients.finish();
    if (sample.connections != parameters.accepts) fail_server("not as many as were made");
    return sample;
}

template <typename Loop>
AcceptSample accept_all(const Parameters& parameters) {
    return accept_by<Acceptor<Loop>>(parameters);
}

}  // namespace bench
