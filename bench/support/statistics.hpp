// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace bench {

struct Spread {
    double median;
    double lower;  // quartiles
    double upper;
};

Spread spread_of(std::vector<double> values);

struct Tail {
    double median;
    double percentile99;
};

Tail tail_of(std::vector<double> values);

}  // namespace bench
