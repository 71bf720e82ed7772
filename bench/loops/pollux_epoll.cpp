// SPDX-License-Identifier: MIT
#include "loops/pollux_poller.hpp"

namespace bench {

extern const Contender pollux_epoll_contender = pollux_poller<PLX_BACKEND_EPOLL>("pollux-epoll");

}  // namespace bench
