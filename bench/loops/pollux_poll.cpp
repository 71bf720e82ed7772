// SPDX-License-Identifier: MIT
#include "loops/pollux_poller.hpp"

namespace bench {

extern const Contender pollux_poll_contender = pollux_poller<PLX_BACKEND_POLL>("pollux-poll");

}  // namespace bench
