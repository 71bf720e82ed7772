// SPDX-License-Identifier: MIT
#pragma once

#include "contender.hpp"
#include "work/accept.hpp"
#include "work/chain.hpp"
#include "work/echo.hpp"
#include "work/http.hpp"
#include "work/memory.hpp"

namespace bench {

template <typename Loop>
constexpr Contender contender_of(const char* name) {
    return {
        .name = name,
        .chain = chain<Loop>,
        .memory = memory<Loop>,
        .echo = echo<Loop>,
        .http = http<Loop>,
        .accept = accept_all<Loop>,
    };
}

}  // namespace bench
