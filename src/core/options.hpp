// SPDX-License-Identifier: MIT
// How a struct that starts with `size_t struct_size` is read: the caller may have been compiled
// against an older or a newer header than the library.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace pollux {

// No struct will ever be this large; a size that is garbage must not make us read far.
inline constexpr size_t kLargest = 4096;

// Reads `given` over `*known`, which holds the defaults. A shorter struct is read up to its size;
// of a longer one the tail must be zero (-E2BIG). NULL leaves the defaults.
template <typename Options>
int read_options(Options* known, const Options* given) noexcept {
    if (given == nullptr) return 0;
    const size_t size = given->struct_size;
    if (size < sizeof(size_t)) return -EINVAL;
    if (size > kLargest) return -E2BIG;
    const auto* bytes = reinterpret_cast<const unsigned char*>(given);
    for (size_t i = sizeof(Options); i < size; ++i) {
        if (bytes[i] != 0) return -E2BIG;
    }
    std::memcpy(known, given, size < sizeof(Options) ? size : sizeof(Options));
    return 0;
}

// The other way: fills `*given` up to its size. What lies behind `known` is unknown here, and 0.
template <typename Stats>
int write_stats(Stats* given, const Stats* known) noexcept {
    const size_t size = given->struct_size;
    if (size < sizeof(size_t)) return -EINVAL;
    if (size > kLargest) return -E2BIG;
    std::memset(given, 0, size);
    std::memcpy(given, known, size < sizeof(Stats) ? size : sizeof(Stats));
    given->struct_size = size;
    return 0;
}

}  // namespace pollux
