/* SPDX-License-Identifier: MIT */
/* A second translation unit with the header in it. */
#include <pollux/pollux.h>
#include <pollux/pollux.h> /* twice does no harm */

uint32_t version_of_second_unit(void);
plx_poller_options options_of_second_unit(void);

uint32_t version_of_second_unit(void) {
    return plx_version();
}

plx_poller_options options_of_second_unit(void) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    return options;
}
