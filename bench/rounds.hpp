// SPDX-License-Identifier: MIT
// Contenders in turn, round after round, and how their figures are printed.
#pragma once

#include <cstddef>
#include <vector>

namespace bench {

using Values = std::vector<double>;

// In turn, and each round begins with another one: what the kernel still has to tidy up after one
// contender is charged to the next. turn(i, round) is the turn of contender i.
template <typename Turn>
void play(size_t count, size_t rounds, Turn turn) {
    for (size_t round = 0; round < rounds; ++round) {
        for (size_t place = 0; place < count; ++place)
            turn((round + place) % count, round);
    }
}

// The name, median and quartiles, then the ratio to the first of that median, and the quartiles of
// the rounds' own ratios. No end of line.
void print_spread(const char* name, const Values& values, const Values& first);

// What each round gave, so that others can be compared with others; then the end of the line.
void print_rounds(const Values& values);

}  // namespace bench
