// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

namespace bench {

struct Connection {
    int client;
    int server;
};

// TCP over the loopback interface, both ends non-blocking, made once for all contenders.
class Connections {
public:
    explicit Connections(size_t count);
    ~Connections();
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    size_t size() const { return connections_.size(); }
    const Connection& operator[](size_t index) const { return connections_[index]; }

private:
    std::vector<Connection> connections_;
};

}  // namespace bench
