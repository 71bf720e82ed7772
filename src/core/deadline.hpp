// SPDX-License-Identifier: MIT
// The end of a wait. Absolute inside, so that going round again does not stretch it.
#pragma once

#include "core/clock.hpp"

#include <cstdint>

namespace pollux {

class Deadline {
public:
    // Negative is for ever, 0 is now. The clock is read only where there is something to measure.
    explicit Deadline(int64_t timeout_ns) noexcept : left_(timeout_ns) {
        if (timeout_ns <= 0) return;
        const int64_t now = monotonic_now();
        at_ = timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
    }

    // What is left, in the form in which the timeout was given.
    int64_t left() const noexcept { return left_; }

    // Looks at the clock; true if nothing is left.
    bool passed() noexcept {
        if (left_ <= 0) return left_ == 0;
        const int64_t now = monotonic_now();
        left_ = now < at_ ? at_ - now : 0;
        return left_ == 0;
    }

private:
    int64_t left_;
    int64_t at_ = 0;
};

}  // namespace pollux
