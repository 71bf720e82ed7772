// SPDX-License-Identifier: MIT
#include "loops/contender_of.hpp"
#include "loops/libevent_loop.hpp"

#include <cstring>

namespace bench {

namespace {

event_base* open_base_over_poll() {
    event_config* config = event_config_new();
    if (config == nullptr) fail("event_config_new");
    const char** methods = event_get_supported_methods();
    for (size_t i = 0; methods[i] != nullptr; ++i) {
        if (std::strcmp(methods[i], "poll") != 0) event_config_avoid_method(config, methods[i]);
    }
    event_base* base = event_base_new_with_config(config);
    if (base == nullptr) fail("event_base_new_with_config");
    event_config_free(config);
    return base;
}

}  // namespace

extern const Contender libevent_poll_contender =
    over_poll<EventLoopWith<open_base_over_poll>>("libevent-poll");

}  // namespace bench
