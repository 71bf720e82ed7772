// SPDX-License-Identifier: MIT
// The server is in Rust, its clients are those of work/ping_pong.hpp.
#pragma once

#include "loops/rust.hpp"
#include "work/echo.hpp"

#include <vector>

namespace bench {

template <const RustPeer& kPeer>
class RustServer {
public:
    explicit RustServer(const Connections& connections) {
        std::vector<int> fds;
        for (size_t i = 0; i < connections.size(); ++i)
            fds.push_back(connections[i].server);
        server_ = kPeer.open_server(fds.data(), fds.size());
    }
    ~RustServer() { kPeer.close_server(server_); }
    RustServer(const RustServer&) = delete;
    RustServer& operator=(const RustServer&) = delete;

    Sample serve(Clients& clients) {
        const auto more = [](void* user) { return static_cast<Clients*>(user)->more(); };
        return kPeer.serve(server_, clients.begin(), more, &clients);
    }

private:
    void* server_;
};

template <const RustPeer& kPeer>
NetworkSample rust_echo(const Parameters& parameters) {
    return echo_of<RustServer<kPeer>>(parameters);
}

}  // namespace bench
