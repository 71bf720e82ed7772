// SPDX-License-Identifier: MIT
#include "loop/timer_wheel.hpp"

#include "timers/bare.hpp"

namespace bench {

extern const Contender wheel_contender = {
    .name = "wheel",
    .timers = timers<BareTimers<pollux::TimerWheel>>,
};

}  // namespace bench
