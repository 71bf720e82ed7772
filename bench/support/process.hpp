// SPDX-License-Identifier: MIT
// Clocks, and how a benchmark gives up: at once and saying why.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bench {

// With errno.
[[noreturn]] void fail(const char* what);
// With a result of Pollux.
[[noreturn]] void fail_with(int result, const char* what);

inline void check(int result, const char* what) {
    if (result < 0) fail(what);
}
inline void check_result(int result, const char* what) {
    if (result < 0) fail_with(result, what);
}

int64_t wall_clock();
int64_t thread_processor_clock();

// How often this process has given the processor away because it had to wait.
int64_t times_slept();

// Raises the limit of open descriptors, or gives up.
void require_descriptors(size_t count);

}  // namespace bench
