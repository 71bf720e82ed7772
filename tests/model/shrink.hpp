// SPDX-License-Identifier: MIT
// The shortest program, or nearly, that still fails.
#pragma once

#include "program.hpp"

#include <functional>

namespace model {

// Leaves out parts, halves first and single calls last (delta debugging), and then makes arguments
// plainer, as long as `fails` holds.
Program shrink(Program program, const std::function<bool(const Program&)>& fails);

}  // namespace model
