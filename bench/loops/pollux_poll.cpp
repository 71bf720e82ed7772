// SPDX-License-Identifier: MIT
#include "loops/contender_of.hpp"
#include "loops/pollux_loop.hpp"

namespace bench {

extern const Contender pollux_poll_contender =
    contender_of<PolluxLoop<PLX_BACKEND_POLL>>("pollux-poll");

}  // namespace bench
