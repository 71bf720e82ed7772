// SPDX-License-Identifier: MIT
// The server is in Rust, its clients are those of work/ping_pong.hpp.
#pragma once

#include "loops/rust.hpp"
#include "work/echo.hpp"
#include "work/http.hpp"

#include <vector>

namespace bench {

class RustServer {
public:
    explicit RustServer(const RustOpened& opened) : opened_(opened) {}
    ~RustServer() { opened_.close(opened_.server); }
    RustServer(const RustServer&) = delete;
    RustServer& operator=(const RustServer&) = delete;

    Sample serve(Clients& clients) {
        const auto more = [](void* user) { return static_cast<Clients*>(user)->more(); };
        return opened_.serve(opened_.server, clients.begin(), more, &clients);
    }

private:
    const RustOpened opened_;
};

inline std::vector<int> server_ends(const Connections& connections) {
    std::vector<int> fds;
    for (size_t i = 0; i < connections.size(); ++i)
        fds.push_back(connections[i].server);
    return fds;
}

template <const RustPeer& kPeer>
class RustEchoServer : public RustServer {
public:
    explicit RustEchoServer(const Connections& connections)
        : RustServer(kPeer.open_echo(server_ends(connections).data(), connections.size())) {}
};

// What a request is and what the answer, HttpService says here too.
template <const RustPeer& kPeer>
class RustHttpServer {
public:
    explicit RustHttpServer(const Connections& connections)
        : services_(connections.size()),
          server_(kPeer.open_http(server_ends(connections).data(), connections.size(),
                                  {services_.data(), answer})) {}

    Sample serve(Clients& clients) { return server_.serve(clients); }

private:
    static uint64_t answer(void* services, size_t place, int fd, const char* bytes, size_t count) {
        return static_cast<HttpService*>(services)[place].answer(fd, {bytes, count});
    }

    std::vector<HttpService> services_;
    RustServer server_;
};

template <const RustPeer& kPeer>
NetworkSample rust_echo(const Parameters& parameters) {
    return echo_of<RustEchoServer<kPeer>>(parameters);
}

template <const RustPeer& kPeer>
NetworkSample rust_http(const Parameters& parameters) {
    return http_of<RustHttpServer<kPeer>>(parameters);
}

}  // namespace bench
