// SPDX-License-Identifier: MIT
// Programs as bytes, so that a fuzzer can write them: four for each call. All bytes are a program,
// and one that neither forks nor writes huge counts comes back from its bytes as it was.
#pragma once

#include "program.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fuzz {

inline constexpr size_t kBytesForCall = 4;
inline constexpr size_t kMostCalls = 100;

model::Program from_bytes(const uint8_t* bytes, size_t size);
std::vector<uint8_t> to_bytes(const model::Program& program);

}  // namespace fuzz
