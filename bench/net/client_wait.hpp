// SPDX-License-Identifier: MIT
// What the clients wait with: the best that the system has, by hand, and the same for all
// contenders. CMake chooses the file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace bench {

class ClientWait {
public:
    ClientWait();
    ~ClientWait();
    ClientWait(const ClientWait&) = delete;
    ClientWait& operator=(const ClientWait&) = delete;

    void add(int fd, uint32_t index);
    // The indices of those that can be read, some at least; valid until the next call.
    std::span<const uint32_t> wait();

private:
    struct State;
    const std::unique_ptr<State> state_;
};

}  // namespace bench
