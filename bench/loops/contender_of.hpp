// SPDX-License-Identifier: MIT
#pragma once

#include "loops/more_works.hpp"
#include "work/memory.hpp"

namespace bench {

template <typename Loop>
constexpr Contender contender_of(const char* name) {
    return with_more_works<Loop>({.name = name, .chain = chain<Loop>, .memory = memory<Loop>});
}

}  // namespace bench
