// SPDX-License-Identifier: MIT
// The clients of a server under test: each sends a request, waits for the whole of the answer,
// looks whether it is the right one, and sends the next. They are the same for all contenders.
#pragma once

#include "net/client_wait.hpp"
#include "net/connections.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <thread>
#include <vector>

namespace bench {

struct Exchange {
    std::string_view request;
    std::string_view response;
};

// What a server sees of them.
class Clients {
public:
    virtual ~Clients() = default;
    // Begins; returns how many bytes of requests the server will get until it calls more().
    virtual uint64_t begin() = 0;
    // Called when the server has answered them all. As begin(); 0 is the end.
    virtual uint64_t more() = 0;
};

class Client {
public:
    static constexpr size_t kMostBytes = 256;

    Client(int fd, const Exchange& exchange) : exchange_(&exchange), fd_(fd) {}

    int fd() const { return fd_; }
    int64_t sent_at() const { return sent_at_; }
    void send(int64_t now);
    // Whether the whole answer is there.
    bool receive();

private:
    const Exchange* exchange_;
    int fd_;
    int64_t sent_at_ = 0;
    size_t received_ = 0;
    char bytes_[kMostBytes];
};

// `active` of the connections, evenly spread.
std::vector<Client> clients_of(const Connections& connections, size_t active,
                               const Exchange& exchange);

// In a thread of their own, independent of each other, until so many messages are answered.
class ThreadClients final : public Clients {
public:
    ThreadClients(const Connections& connections, size_t active, const Exchange& exchange,
                  uint64_t messages);

    uint64_t begin() override;
    uint64_t more() override { return 0; }
    // Waits for the last answer; returns all times from a request to its answer.
    std::vector<double> finish();

private:
    void play();

    const Exchange& exchange_;
    std::vector<Client> clients_;
    ClientWait wait_;
    const uint64_t messages_;
    uint64_t sent_ = 0;
    std::vector<double> latencies_;
    std::thread thread_;
};

// In the server's thread and in turn with it: all send, the server answers all, all receive. What
// the server does is the same each time.
class TurnClients final : public Clients {
public:
    // The messages are rounded up to whole turns.
    TurnClients(const Connections& connections, size_t active, const Exchange& exchange,
                uint64_t messages);

    uint64_t begin() override;
    uint64_t more() override;
    uint64_t messages() const { return turns_ * clients_.size(); }

private:
    uint64_t send_all();
    void receive_all();
    uint64_t client_turn();

    const Exchange& exchange_;
    std::vector<Client> clients_;
    std::vector<int> servers_;
    const uint64_t turns_;
    uint64_t turns_left_;
};

}  // namespace bench
