// SPDX-License-Identifier: MIT
// Runs a program over a backend and over the model at once, up to the first difference.
#pragma once

#include "program.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace model {

struct Verdict {
    std::string what;  // "" if all is as it should be
    size_t op = 0;     // where
    bool is_failure() const { return !what.empty(); }
};

// How often something was late, and seldom things came up. Over all runs of the process.
struct Statistics {
    uint64_t runs = 0;
    uint64_t calls = 0;
    uint64_t waits = 0;
    uint64_t events = 0;
    uint64_t late = 0;
};
Statistics& statistics();

Verdict run(const Program& program, uint32_t backend);

// Every backend that works here.
std::vector<uint32_t> backends();

}  // namespace model
