// SPDX-License-Identifier: MIT
#include "timers/bare.hpp"
#include "timers/four_ary_heap.hpp"

namespace bench {

extern const Contender heap_contender = {
    .name = "heap",
    .timers = timers<BareTimers<FourAryHeap>>,
};

}  // namespace bench
