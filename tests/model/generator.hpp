// SPDX-License-Identifier: MIT
// Programs drawn by lot. The same seed gives the same program everywhere.
#pragma once

#include "program.hpp"

#include <cstdint>

namespace model {

Program generate(uint64_t seed);

}  // namespace model
