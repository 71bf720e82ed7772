// SPDX-License-Identifier: MIT
// CMake chooses the file that defines it.
#pragma once

namespace pollux {

// getenv, but nullptr in a program that runs with more rights than its caller's.
const char* trusted_environment(const char* name) noexcept;

}  // namespace pollux
