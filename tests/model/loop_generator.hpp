// SPDX-License-Identifier: MIT
// Programs over a loop, drawn by lot. The same seed gives the same program everywhere.
#pragma once

#include "loop_program.hpp"

#include <cstdint>

namespace loop_model {

Program generate(uint64_t seed);

}  // namespace loop_model
