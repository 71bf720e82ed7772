// SPDX-License-Identifier: MIT
// TCP on the loopback interface.
#pragma once

#include <cstdint>

namespace bench {

// The option by which several listeners of one port share its connections. CMake chooses the file
// that defines it.
extern const int kReusePort;

// Non-blocking.
class Listener {
public:
    // With a port of 0 on one that is free, otherwise on one that others listen to.
    Listener(uint16_t port, bool is_shared);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    int fd() const { return fd_; }
    uint16_t port() const;

private:
    const int fd_;
};

// A connection that is made, blocking. Its close is a reset, so that no port is held for a minute,
// whichever end was closed first.
int connect_to(uint16_t port);

}  // namespace bench
