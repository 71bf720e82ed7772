// SPDX-License-Identifier: MIT
// Connections that are accepted and closed, by one loop or by several in threads of their own.
// Those share one listener, or have one each on the same port. A loop type may have
//
//     add_exclusive(fd, handler)  as add(); of the loops that watch fd not all shall be woken
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

// One accept for each time that the listener is readable.
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

    void run() { processor_ns_ = measure<Handler>(loop_).processor_ns; }

    uint64_t accepted() const { return accepted_; }
    uint64_t in_vain() const { return in_vain_; }
    int64_t processor_ns() const { return processor_ns_; }

private:
    struct Handler {
        [[no_unique_address]] typename Loop::Watch watch{};
        int fd;
        Acceptor* acceptor;

        void ready() {
            if (this == &acceptor->end_) {
                acceptor->loop_.stop();
            } else {
                acceptor->accept_one();
            }
        }
    };

    void add_listener(bool is_exclusive) {
        if constexpr (requires { loop_.add_exclusive(0, &connections_); }) {
            if (is_exclusive) return loop_.add_exclusive(connections_.fd, &connections_);
        }
        loop_.add(connections_.fd, &connections_);
    }

    void accept_one() {
        const int fd = accept(connections_.fd, nullptr, nullptr);
        if (fd >= 0) {
            ++accepted_;
            close(fd);
        } else if (errno == EAGAIN) {
            ++in_vain_;
        } else {
            fail("accept");
        }
    }

    Loop loop_;
    Handler connections_;
    Handler end_;
    uint64_t accepted_ = 0;
    uint64_t in_vain_ = 0;
    int64_t processor_ns_ = 0;
};

template <typename Loop>
AcceptSample sum_of(const std::vector<std::unique_ptr<Acceptor<Loop>>>& acceptors) {
    AcceptSample sample{};
    for (const auto& acceptor : acceptors) {
        sample.connections += acceptor->accepted();
        sample.in_vain += acceptor->in_vain();
        sample.processor_ns += acceptor->processor_ns();
    }
    return sample;
}

template <typename Loop>
AcceptSample accept_all(const Parameters& parameters) {
    const bool is_one = parameters.listeners == 1;
    const Pairs ends(parameters.threads);
    std::vector<std::unique_ptr<Listener>> listeners;
    std::vector<std::unique_ptr<Acceptor<Loop>>> acceptors;
    for (size_t i = 0; i < parameters.threads; ++i) {
        const uint16_t port = i == 0 ? 0 : listeners[0]->port();
        if (i == 0 || !is_one) listeners.push_back(std::make_unique<Listener>(port, !is_one));
        acceptors.push_back(std::make_unique<Acceptor<Loop>>(listeners.back()->fd(), ends[i].first,
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

}  // namespace bench
