// SPDX-License-Identifier: MIT
// A server that answers requests, on connections most of which may be silent. A server type has
//
//     Server(connections)         serves the server's end of each of them
//     Sample serve(clients)       until the clients have enough
#pragma once

#include "net/clients.hpp"
#include "support/statistics.hpp"
#include "work/measured.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace bench {

[[noreturn]] inline void fail_server(const char* what) {
    std::fprintf(stderr, "the server: %s\n", what);
    std::exit(1);
}

// How much the clients still wait for.
class Tally {
public:
    void begin(Clients* clients) {
        clients_ = clients;
        left_ = clients->begin();
    }
    // So many bytes of requests are answered; returns whether those were the last.
    bool add(uint64_t bytes) {
        if (bytes > left_) fail_server("more was answered than was asked");
        left_ -= bytes;
        if (left_ != 0) return false;
        left_ = clients_->more();
        return left_ == 0;
    }

private:
    Clients* clients_ = nullptr;
    uint64_t left_ = 0;
};

// A server on any loop type. Service is what one connection needs: answer(fd) reads, writes, and
// returns how many bytes of requests it has answered.
template <typename Loop, typename Service>
class LoopServer {
public:
    explicit LoopServer(const Connections& connections) : handlers_(connections.size()) {
        for (size_t i = 0; i < handlers_.size(); ++i) {
            handlers_[i].fd = connections[i].server;
            handlers_[i].server = this;
            loop_.add(handlers_[i].fd, &handlers_[i]);
        }
    }
    ~LoopServer() {
        for (Handler& handler : handlers_)
            loop_.remove(handler.fd, &handler);
    }
    LoopServer(const LoopServer&) = delete;
    LoopServer& operator=(const LoopServer&) = delete;

    Sample serve(Clients& clients) {
        tally_.begin(&clients);
        return measure<Handler>(loop_);
    }

private:
    struct Handler {
        [[no_unique_address]] typename Loop::Watch watch;
        [[no_unique_address]] Service service;
        int fd = -1;
        LoopServer* server = nullptr;

        void ready() {
            if (server->tally_.add(service.answer(fd))) server->loop_.stop();
        }
    };

    Loop loop_;
    Tally tally_;
    std::vector<Handler> handlers_;
};

// All or nothing: what is written here is far smaller than the room that a socket has, so a part is
// an error of the benchmark.
inline void write_all(int fd, const char* bytes, size_t size) {
    if (write(fd, bytes, size) != static_cast<ssize_t>(size)) fail("the server: write");
}

template <typename Server>
NetworkSample serve_in_turn(Server& server, const Parameters& parameters,
                            const Exchange& exchange) {
    TurnClients clients(*parameters.connections, parameters.active, exchange, parameters.messages);
    Sample sample = server.serve(clients);
    sample.events = clients.messages();
    return {sample, 0, 0};
}

template <typename Server>
NetworkSample serve_thread(Server& server, const Parameters& parameters, const Exchange& exchange,
                           uint64_t messages) {
    ThreadClients clients(*parameters.connections, parameters.active, exchange, messages);
    Sample sample = server.serve(clients);
    sample.events = messages;
    const Tail tail = tail_of(clients.finish());
    return {sample, tail.median, tail.percentile99};
}

template <typename Server>
NetworkSample ping_pong(const Parameters& parameters, const Exchange& exchange) {
    const auto server = std::make_unique<Server>(*parameters.connections);
    if (parameters.is_in_turn) return serve_in_turn(*server, parameters, exchange);
    serve_thread(*server, parameters, exchange, parameters.active * 2);  // warms up
    return serve_thread(*server, parameters, exchange, parameters.messages);
}

}  // namespace bench
