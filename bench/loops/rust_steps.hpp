// SPDX-License-Identifier: MIT
// The pieces of work with several figures.
#pragma once

#include "loops/rust.hpp"
#include "work/wake.hpp"

#include <vector>

namespace bench {

// As work/churn.hpp.
template <const RustPeer& kPeer>
Steps rust_churn(const Parameters& parameters) {
    std::vector<int> fds;
    for (size_t i = 0; i < parameters.fds; ++i)
        fds.push_back((*parameters.pairs)[i].first);
    const RustChurn times = kPeer.churn(fds.data(), fds.size(), parameters.events);
    return {times.add_remove, times.add_then_remove, times.toggle, times.toggle_back,
            times.toggle_alone};
}

// As work/wake.hpp.
template <const RustPeer& kPeer>
Steps rust_wake(const Parameters& parameters) {
    const double trip = rust_ping<kPeer>(parameters);
    const double busy = kPeer.wake_busy(parameters.posts);
    const RustStorm storm = kPeer.wake_storm(kStormTime);
    return {trip, busy, storm.ns, storm.wait_ns};
}

}  // namespace bench
