// SPDX-License-Identifier: MIT
// What is drawn by lot, the same on every system.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace model {

// splitmix64 (Steele, Lea, Flood 2014): the standard library's distributions differ by system.
class Lot {
public:
    explicit Lot(uint64_t seed) : state_(seed) {}

    int below(int end) { return static_cast<int>(next() % static_cast<uint64_t>(end)); }
    bool in_hundred(int chances) { return below(100) < chances; }
    template <typename Value>
    Value one_of(std::initializer_list<Value> values) {
        return values.begin()[below(static_cast<int>(values.size()))];
    }

private:
    uint64_t next() {
        uint64_t mixed = state_ += 0x9E37'79B9'7F4A'7C15;
        mixed = (mixed ^ mixed >> 30) * 0xBF58'476D'1CE4'E5B9;
        mixed = (mixed ^ mixed >> 27) * 0x94D0'49BB'1331'11EB;
        return mixed ^ mixed >> 31;
    }

    uint64_t state_;
};

}  // namespace model
