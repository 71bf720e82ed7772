// SPDX-License-Identifier: MIT
// The pieces of work for which a loop type has what they need.
#pragma once

#include "contender.hpp"
#include "work/accept.hpp"
#include "work/chain.hpp"
#include "work/churn.hpp"
#include "work/create.hpp"
#include "work/echo.hpp"
#include "work/http.hpp"
#include "work/idle.hpp"

namespace bench {

template <typename Loop>
concept Turns = requires(Loop& loop) {
    loop.template turn<Quiet<Loop>>();
};

template <typename Loop>
concept Rearms = requires(Loop& loop, Quiet<Loop>* handler) {
    loop.add_once(0, handler);
    loop.rearm(0, handler);
};

template <typename Loop>
concept Ticks = requires(Loop& loop) {
    loop.template tick<Quiet<Loop>>(int64_t{1}, uint64_t{1});
};

template <typename Loop>
constexpr Contender with_more_works(Contender contender) {
    contender.echo = echo<Loop>;
    contender.http = http<Loop>;
    contender.accept = accept_all<Loop>;
    if constexpr (Rearms<Loop>) contender.one_shot = one_shot<Loop>;
    if constexpr (Turns<Loop>) {
        contender.churn = churn<Loop>;
        contender.create = create<Loop>;
        contender.loop_memory = loop_memory<Loop>;
        if constexpr (Ticks<Loop>) contender.idle = idle<Loop>;
    }
    return contender;
}

}  // namespace bench
