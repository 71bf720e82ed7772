/* SPDX-License-Identifier: MIT */
/* What is fixed for ever: sizes, offsets and the values of the macros, also as compile-time
 * constants. Valid C99, C11, C17 and C++. */
#include <pollux/pollux.h>

/* Alone and before everything else, so that the header brings all that it needs. */
static const uint32_t capabilities[] = {PLX_CAP_EDGE,        PLX_CAP_EXCLUSIVE,  PLX_CAP_PRIORITY,
                                        PLX_CAP_READ_CLOSED, PLX_CAP_NS_TIMEOUT, PLX_CAP_NATIVE_FD};

#include "check.h"

#include <stddef.h>
#include <string.h>

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

HOLDS(handle_is_8_bytes, sizeof(plx_handle) == 8);

HOLDS(loop_options_size_is_first, offsetof(plx_loop_options, struct_size) == 0);
HOLDS(loop_options_backend, offsetof(plx_loop_options, backend) == sizeof(size_t));
HOLDS(loop_options_required,
      offsetof(plx_loop_options, required_capabilities) == sizeof(size_t) + 4);
HOLDS(loop_options_flags, offsetof(plx_loop_options, flags) == sizeof(size_t) + 8);
HOLDS(loop_options_threads, offsetof(plx_loop_options, work_threads) == sizeof(size_t) + 12);
HOLDS(loop_options_events, offsetof(plx_loop_options, events_per_wait) == sizeof(size_t) + 16);
HOLDS(loop_options_reserved, offsetof(plx_loop_options, reserved) == sizeof(size_t) + 20);
HOLDS(loop_options_have_no_padding, sizeof(plx_loop_options) == sizeof(size_t) + 24);

HOLDS(address_is_28_bytes, sizeof(plx_address) == 28);
HOLDS(address_family_is_first, offsetof(plx_address, family) == 0);
HOLDS(address_port_is_at_4, offsetof(plx_address, port) == 4);
HOLDS(address_reserved_is_at_6, offsetof(plx_address, reserved) == 6);
HOLDS(address_bytes_are_at_8, offsetof(plx_address, bytes) == 8);
HOLDS(address_scope_is_at_24, offsetof(plx_address, scope_id) == 24);

/* 64-bit numbers behind the size, each in its place. */
#define STATS_START offsetof(plx_loop_stats, iterations)
#define STATS_PLACE(index, member) \
    HOLDS(stats_##member, offsetof(plx_loop_stats, member) == STATS_START + 8 * (index))
HOLDS(stats_size_is_first, offsetof(plx_loop_stats, struct_size) == 0);
HOLDS(stats_start_behind_it, STATS_START == 8 || STATS_START == sizeof(size_t));
STATS_PLACE(1, io_events);
STATS_PLACE(2, wakes);
STATS_PLACE(3, timers_fired);
STATS_PLACE(4, posts);
STATS_PLACE(5, signals);
STATS_PLACE(6, interest_changes);
STATS_PLACE(7, work_queued);
STATS_PLACE(8, work_running);
STATS_PLACE(9, work_done);
STATS_PLACE(10, work_threads);
STATS_PLACE(11, io_handles);
STATS_PLACE(12, timer_handles);
STATS_PLACE(13, active_timers);
STATS_PLACE(14, signal_handles);
STATS_PLACE(15, child_handles);
STATS_PLACE(16, work_handles);
STATS_PLACE(17, busy_ns);
STATS_PLACE(18, idle_ns);
STATS_PLACE(19, slowest_callback_ns);
STATS_PLACE(20, slowest_callback_kind);
HOLDS(stats_have_no_padding, sizeof(plx_loop_stats) == STATS_START + 8 * 21);

HOLDS(trace_handle_is_first, offsetof(plx_trace_event, handle) == 0);
HOLDS(trace_start_is_at_8, offsetof(plx_trace_event, start_ns) == 8);
HOLDS(trace_duration_is_at_16, offsetof(plx_trace_event, duration_ns) == 16);
HOLDS(trace_kind_is_at_24, offsetof(plx_trace_event, kind) == 24);
HOLDS(trace_events_are_at_28, offsetof(plx_trace_event, events) == 28);
HOLDS(trace_name_is_at_32, offsetof(plx_trace_event, name) == 32);
HOLDS(trace_is_40_bytes, sizeof(plx_trace_event) == 40 || sizeof(void*) == 4);

HOLDS(backend_auto, PLX_BACKEND_AUTO == 0);
HOLDS(backend_epoll, PLX_BACKEND_EPOLL == 1);
HOLDS(backend_kqueue, PLX_BACKEND_KQUEUE == 2);
HOLDS(backend_poll, PLX_BACKEND_POLL == 3);

HOLDS(cap_edge, PLX_CAP_EDGE == 0x01);
HOLDS(cap_exclusive, PLX_CAP_EXCLUSIVE == 0x02);
HOLDS(cap_priority, PLX_CAP_PRIORITY == 0x04);
HOLDS(cap_read_closed, PLX_CAP_READ_CLOSED == 0x08);
HOLDS(cap_ns_timeout, PLX_CAP_NS_TIMEOUT == 0x10);
HOLDS(cap_native_fd, PLX_CAP_NATIVE_FD == 0x20);

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

HOLDS(kind_none, PLX_KIND_NONE == 0);
HOLDS(kind_io, PLX_KIND_IO == 1);
HOLDS(kind_timer, PLX_KIND_TIMER == 2);
HOLDS(kind_signal, PLX_KIND_SIGNAL == 3);
HOLDS(kind_child, PLX_KIND_CHILD == 4);
HOLDS(kind_work, PLX_KIND_WORK == 5);
HOLDS(kind_post, PLX_KIND_POST == 6);
HOLDS(run_default, PLX_RUN_DEFAULT == 0);
HOLDS(run_once, PLX_RUN_ONCE == 1);
HOLDS(run_nowait, PLX_RUN_NOWAIT == 2);
HOLDS(time_callbacks, PLX_LOOP_TIME_CALLBACKS == 1);
HOLDS(address_ipv4, PLX_ADDRESS_IPV4 == 4);
HOLDS(address_ipv6, PLX_ADDRESS_IPV6 == 6);

/* The preprocessor can compute with them. */
#if PLX_READABLE != 1 || PLX_VERSION_MAJOR < 0
#error "the macros are for the preprocessor as well"
#endif

uint32_t version_of_second_unit(void);
plx_poller_options options_of_second_unit(void);

static int is_zero(const void* object, size_t from, size_t size) {
    unsigned char bytes[256];
    size_t i;
    memcpy(bytes, object, size);
    for (i = from; i < size; ++i) {
        if (bytes[i] != 0) return 0;
    }
    return 1;
}

int main(void) {
    const plx_poller_options options = options_of_second_unit();
    const plx_loop_options loop_options = PLX_LOOP_OPTIONS_INIT;
    const plx_loop_stats stats = PLX_LOOP_STATS_INIT;
    uint32_t bit = 1;
    size_t i;
    for (i = 0; i < sizeof capabilities / sizeof *capabilities; ++i, bit <<= 1) {
        CHECK(capabilities[i] == bit);
    }
    CHECK(options.struct_size == sizeof options);
    CHECK(options.backend == PLX_BACKEND_AUTO && options.required_capabilities == 0);
    CHECK(options.flags == 0 && options.reserved == 0);
    CHECK(loop_options.struct_size == sizeof loop_options);
    CHECK(is_zero(&loop_options, sizeof(size_t), sizeof loop_options));
    CHECK(stats.struct_size == sizeof stats);
    CHECK(is_zero(&stats, STATS_START, sizeof stats));
    CHECK(version_of_second_unit() == plx_version());
    return finish();
}
