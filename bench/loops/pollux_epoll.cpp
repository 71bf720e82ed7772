// SPDX-License-Identifier: MIT
#include "loops/contender_of.hpp"
#include "loops/pollux_loop.hpp"

namespace bench {

extern const Contender pollux_epoll_contender =
    contender_of<PolluxLoop<PLX_BACKEND_EPOLL>>("pollux-epoll");

}  // namespace bench
