// SPDX-License-Identifier: MIT
#include "loops/contender_of.hpp"
#include "loops/pollux_poller.hpp"

namespace bench {

extern const Contender pollux_epoll_contender =
    contender_of<PolluxPoller<PLX_BACKEND_EPOLL>>("pollux-epoll");

}  // namespace bench
