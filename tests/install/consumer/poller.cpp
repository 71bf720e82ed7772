// SPDX-License-Identifier: MIT
// A program of the C++ face: a wake that another object sends ends the wait.
#include <cstdio>
#include <pollux/pollux.hpp>

int main() try {
    plx::poller poller;
    poller.waker().wake();
    plx::event events[4];
    const plx::event_range range = poller.wait(events, plx::forever);
    std::printf("poller of %s: %zu event\n", plx_version_string(), range.size());
    return range.size() == 1 && plx::is_woken(range[0]) ? 0 : 1;
} catch (const plx::error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
