// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

namespace bench {

struct Pair {
    int first;
    int second;
};

// Connected sockets, non-blocking, made once for all contenders: what differs is the loop.
class Pairs {
public:
    explicit Pairs(size_t count);
    ~Pairs();
    Pairs(const Pairs&) = delete;
    Pairs& operator=(const Pairs&) = delete;

    const Pair& operator[](size_t index) const { return pairs_[index]; }

private:
    std::vector<Pair> pairs_;
};

// Reads until nothing is left.
void drain(int fd);

// Writes until no more goes in, so that the socket is not writable. Little goes in.
void fill(int fd);

}  // namespace bench
