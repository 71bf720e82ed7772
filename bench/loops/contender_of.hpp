// SPDX-License-Identifier: MIT
#pragma once

#include "loops/more_works.hpp"
#include "work/memory.hpp"

namespace bench {

template <typename Loop>
constexpr Contender contender_of(const char* name) {
    return with_more_works<Loop>({.name = name, .chain = chain<Loop>, .memory = memory<Loop>});
}

// The same loop with poll below it: only what is another thing then.
template <typename Loop>
constexpr Contender over_poll(const char* name) {
    return {.name = name, .chain = chain<Loop>, .echo = echo<Loop>, .http = http<Loop>};
}

}  // namespace bench
