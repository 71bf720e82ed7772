/* SPDX-License-Identifier: MIT */
/* What is fixed for ever: sizes, offsets and the values of the macros, also as compile-time
 * constants. Valid C99, C11, C17 and C++. */
#include <pollux/pollux.h>

/* Alone and before everything else, so that the header brings all that it needs. */
static const uint32_t capabilities[] = {PLX_CAP_EDGE,        PLX_CAP_EXCLUSIVE,  PLX_CAP_PRIORITY,
                                        PLX_CAP_READ_CLOSED, PLX_CAP_NS_TIMEOUT, PLX_CAP_NATIVE_FD};

#include "check.h"

#include <stddef.h>

#define HOLDS(name, condition) typedef char name[(condition) ? 1 : -1]

HOLDS(event_is_16_bytes, sizeof(plx_event) == 16);
HOLDS(event_token_is_first, offsetof(plx_event, token) == 0);
HOLDS(event_fd_is_at_8, offsetof(plx_event, fd) == 8);
HOLDS(event_events_is_at_12, offsetof(plx_event, events) == 12);

HOLDS(options_size_is_first, offsetof(plx_poller_options, struct_size) == 0);
HOLDS(options_backend, offsetof(plx_poller_options, backend) == sizeof(size_t));
HOLDS(options_required, offsetof(plx_poller_options, required_capabilities) == sizeof(size_t) + 4);
HOLDS(options_flags, offsetof(plx_poller_options, flags) == sizeof(size_t) + 8);
HOLDS(options_reserved, offsetof(plx_poller_options, reserved) == sizeof(size_t) + 12);
HOLDS(options_have_no_padding, sizeof(plx_poller_options) == sizeof(size_t) + 16);

HOLDS(backend_auto, PLX_BACKEND_AUTO == 0);
HOLDS(backend_epoll, PLX_BACKEND_EPOLL == 1);
HOLDS(backend_kqueue, PLX_BACKEND_KQUEUE == 2);
HOLDS(backend_poll, PLX_BACKEND_POLL == 3);

HOLDS(readable, PLX_READABLE == 0x0001);
HOLDS(priority, PLX_PRIORITY == 0x0002);
HOLDS(writable, PLX_WRITABLE == 0x0004);
HOLDS(error, PLX_ERROR == 0x0008);
HOLDS(hangup, PLX_HANGUP == 0x0010);
HOLDS(read_closed, PLX_READ_CLOSED == 0x2000);
HOLDS(edge, PLX_EDGE == 0x10000);
HOLDS(oneshot, PLX_ONESHOT == 0x20000);
HOLDS(exclusive, PLX_EXCLUSIVE == 0x40000);
HOLDS(woken, PLX_WOKEN == 0x100000);

/* The preprocessor can compute with them. */
#if PLX_READABLE != 1 || PLX_VERSION_MAJOR < 0
#error "the macros are for the preprocessor as well"
#endif

uint32_t version_of_second_unit(void);
plx_poller_options options_of_second_unit(void);

int main(void) {
    const plx_poller_options options = options_of_second_unit();
    uint32_t bit = 1;
    size_t i;
    for (i = 0; i < sizeof capabilities / sizeof *capabilities; ++i, bit <<= 1) {
        CHECK(capabilities[i] == bit);
    }
    CHECK(options.struct_size == sizeof options);
    CHECK(options.backend == PLX_BACKEND_AUTO && options.required_capabilities == 0);
    CHECK(options.flags == 0 && options.reserved == 0);
    CHECK(version_of_second_unit() == plx_version());
    return finish();
}
