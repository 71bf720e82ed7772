// SPDX-License-Identifier: MIT
// HTTP/1.1 with connections that are kept: as little of it as a benchmark can do with.
#pragma once

#include "work/ping_pong.hpp"

#include <unistd.h>

#include <string_view>

namespace bench {

inline constexpr Exchange kHttp = {
    "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!",
};

class HttpService {
public:
    uint64_t answer(int fd) {
        char bytes[1024];
        const ssize_t count = read(fd, bytes, sizeof bytes);
        if (count < 0) fail("the server: read");
        if (count == 0) fail_server("a client has gone");
        return answer(fd, {bytes, static_cast<size_t>(count)});
    }
    // What was read from it.
    uint64_t answer(int fd, std::string_view bytes) {
        const size_t requests = ends_in(bytes);
        for (size_t i = 0; i < requests; ++i)
            write_all(fd, kHttp.response.data(), kHttp.response.size());
        return requests * kHttp.request.size();
    }

private:
    static constexpr std::string_view kEnd = "\r\n\r\n";

    // How many requests end in these bytes. One may have begun in those before, and several may
    // follow each other.
    size_t ends_in(std::string_view bytes) {
        size_t ends = 0;
        for (const char byte : bytes) {
            if (byte == kEnd[matched_]) {
                ++matched_;
            } else {
                matched_ = byte == kEnd[0] ? 1 : 0;
            }
            if (matched_ != kEnd.size()) continue;
            matched_ = 0;
            ++ends;
        }
        return ends;
    }

    size_t matched_ = 0;  // of kEnd, so far
};

// For the types that have a server of their own.
template <typename Server>
NetworkSample http_of(const Parameters& parameters) {
    return ping_pong<Server>(parameters, kHttp);
}

template <typename Loop>
NetworkSample http(const Parameters& parameters) {
    return http_of<LoopServer<Loop, HttpService>>(parameters);
}

}  // namespace bench
