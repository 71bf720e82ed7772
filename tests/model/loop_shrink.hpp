// SPDX-License-Identifier: MIT
// The shortest program over a loop, or nearly, that still fails.
#pragma once

#include "loop_program.hpp"

#include <functional>

namespace loop_model {

// Leaves out parts of the calls, halves first and single ones last, as long as `fails` holds.
Program shrink(Program program, const std::function<bool(const Program&)>& fails);

}  // namespace loop_model
