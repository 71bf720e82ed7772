// SPDX-License-Identifier: MIT
#include "net/clients.hpp"

#include "support/process.hpp"

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace bench {

[[noreturn]] static void fail_answer(const char* what) {
    std::fprintf(stderr, "a client: %s\n", what);
    std::exit(1);
}

void Client::send(int64_t now) {
    sent_at_ = now;
    received_ = 0;
    const std::string_view request = exchange_->request;
    if (write(fd_, request.data(), request.size()) != static_cast<ssize_t>(request.size())) {
        fail("a client: write");
    }
}

bool Client::receive() {
    const std::string_view response = exchange_->response;
    const ssize_t count = read(fd_, bytes_ + received_, sizeof bytes_ - received_);
    if (count < 0) fail("a client: read");
    if (count == 0) fail_answer("the server has closed the connection");
    received_ += static_cast<size_t>(count);
    if (received_ < response.size()) return false;
    if (received_ > response.size()) fail_answer("more came than was asked for");
    if (std::memcmp(bytes_, response.data(), response.size()) != 0) fail_answer("a wrong answer");
    return true;
}

// One alone is in the middle: a search from either end does not come upon it at once.
static size_t index_of(size_t client, size_t active, size_t connections) {
    return (2 * client + 1) * connections / (2 * active);
}

std::vector<Client> clients_of(const Connections& connections, size_t active,
                               const Exchange& exchange) {
    if (exchange.response.size() >= Client::kMostBytes) fail_answer("too long an answer");
    std::vector<Client> clients;
    for (size_t i = 0; i < active; ++i) {
        const Connection& connection = connections[index_of(i, active, connections.size())];
        clients.emplace_back(connection.client, exchange);
    }
    return clients;
}

// In a thread ------------------------------------------------------------------------------------

ThreadClients::ThreadClients(const Connections& connections, size_t active,
                             const Exchange& exchange, uint64_t messages)
    : exchange_(exchange),
      clients_(clients_of(connections, active, exchange)),
      messages_(messages) {
    for (size_t i = 0; i < clients_.size(); ++i)
        wait_.add(clients_[i].fd(), static_cast<uint32_t>(i));
    // So that memory is not touched for the first time while time is taken.
    latencies_.resize(static_cast<size_t>(messages));
    latencies_.clear();
}

uint64_t ThreadClients::begin() {
    thread_ = std::thread([this] { play(); });
    return messages_ * exchange_.request.size();
}

void ThreadClients::play() {
    for (Client& client : clients_) {
        if (sent_ == messages_) break;
        client.send(wall_clock());
        ++sent_;
    }
    while (latencies_.size() < messages_) {
        for (const uint32_t index : wait_.wait()) {
            Client& client = clients_[index];
            if (!client.receive()) continue;
            const int64_t now = wall_clock();
            latencies_.push_back(static_cast<double>(now - client.sent_at()));
            if (sent_ == messages_) continue;
            client.send(now);
            ++sent_;
        }
    }
}

std::vector<double> ThreadClients::finish() {
    thread_.join();
    return std::move(latencies_);
}

// In turn ----------------------------------------------------------------------------------------

static void await_readable(int fd) {
    pollfd ready{fd, POLLIN, 0};
    check(poll(&ready, 1, -1), "poll");
}

TurnClients::TurnClients(const Connections& connections, size_t active, const Exchange& exchange,
                         uint64_t messages)
    : exchange_(exchange),
      clients_(clients_of(connections, active, exchange)),
      turns_((messages + active - 1) / active),
      turns_left_(turns_) {
    for (size_t i = 0; i < active; ++i)
        servers_.push_back(connections[index_of(i, active, connections.size())].server);
}

uint64_t TurnClients::begin() {
    return send_all();
}

uint64_t TurnClients::more() {
    return client_turn();
}

// Exactly one poll for each connection, for system calls are counted; so all have arrived before
// the server waits.
uint64_t TurnClients::send_all() {
    --turns_left_;
    for (Client& client : clients_)
        client.send(0);
    for (const int fd : servers_)
        await_readable(fd);
    return exchange_.request.size() * clients_.size();
}

void TurnClients::receive_all() {
    for (Client& client : clients_) {
        do {
            await_readable(client.fd());
        } while (!client.receive());
    }
}

// callgrind does not count what is called in here, by its name.
[[gnu::noinline]] uint64_t TurnClients::client_turn() {
    receive_all();
    return turns_left_ == 0 ? 0 : send_all();
}

}  // namespace bench
