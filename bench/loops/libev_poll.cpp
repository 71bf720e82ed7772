// SPDX-License-Identifier: MIT
#include "loops/contender_of.hpp"
#include "loops/libev_loop.hpp"

namespace bench {

extern const Contender libev_poll_contender = over_poll<EvLoop<EVBACKEND_POLL>>("libev-poll");

}  // namespace bench
