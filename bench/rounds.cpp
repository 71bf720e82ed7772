// SPDX-License-Identifier: MIT
#include "rounds.hpp"

#include "support/statistics.hpp"

#include <cstdio>

namespace bench {

void print_spread(const char* name, const Values& values, const Values& first) {
    Values ratios;
    for (size_t round = 0; round < values.size(); ++round)
        ratios.push_back(values[round] / first[round]);
    const Spread spread = spread_of(values);
    const Spread ratio = spread_of(ratios);
    std::printf("%s\t%.1f\t%.1f\t%.1f\t%.3f\t%.3f\t%.3f", name, spread.median, spread.lower,
                spread.upper, spread.median / spread_of(first).median, ratio.lower, ratio.upper);
}

void print_rounds(const Values& values) {
    for (size_t round = 0; round < values.size(); ++round)
        std::printf("%c%.1f", round == 0 ? '\t' : ' ', values[round]);
    std::putchar('\n');
}

}  // namespace bench
