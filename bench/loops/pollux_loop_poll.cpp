// SPDX-License-Identifier: MIT
#include "loops/contender_of.hpp"
#include "loops/pollux_loop.hpp"

namespace bench {

extern const Contender pollux_loop_poll_contender =
    over_poll<PolluxLoop<PLX_BACKEND_POLL>>("pollux-loop-poll");

}  // namespace bench
