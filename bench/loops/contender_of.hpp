// SPDX-License-Identifier: MIT
#pragma once

#include "contender.hpp"
#include "work/chain.hpp"
#include "work/memory.hpp"

namespace bench {

template <typename Loop>
constexpr Contender contender_of(const char* name) {
    return {.name = name, .chain = chain<Loop>, .memory = memory<Loop>};
}

}  // namespace bench
