/* SPDX-License-Identifier: MIT */
/* What the C programs of this directory share. A check that does not hold says so and counts; the
 * program goes on and ends with finish(). */
#ifndef POLLUX_TESTS_CAPI_CHECK_H
#define POLLUX_TESTS_CAPI_CHECK_H

#include <pollux/pollux.h>
#include <stdio.h>
#include <stdlib.h>

static int check_failures = 0;

/* Says which case a failure belongs to. */
static const char* check_case = "";

static inline int check_true(int holds, const char* what, const char* file, int line) {
    if (!holds) {
        fprintf(stderr, "%s:%d: %s: does not hold: %s\n", file, line, check_case, what);
        ++check_failures;
    }
    return holds;
}

static inline int check_result(int expected, int got, const char* what, const char* file,
                               int line) {
    if (expected != got) {
        fprintf(stderr, "%s:%d: %s: %s gave %d (%s), not %d (%s)\n", file, line, check_case, what,
                got, plx_error_name(got), expected, plx_error_name(expected));
        ++check_failures;
    }
    return expected == got;
}

#define CHECK(condition) ((void)check_true((condition) != 0, #condition, __FILE__, __LINE__))
#define CHECK_RESULT(expected, call) \
    ((void)check_result((expected), (call), #call, __FILE__, __LINE__))
/* For what the rest of the program stands on. */
#define REQUIRE(condition)                                                          \
    do {                                                                            \
        if (!check_true((condition) != 0, #condition, __FILE__, __LINE__)) exit(1); \
    } while (0)

static inline int finish(void) {
    if (check_failures != 0) fprintf(stderr, "%d checks failed\n", check_failures);
    return check_failures != 0;
}

/* Calls run(backend) for each backend that works here. */
static inline void for_each_backend(void (*run)(uint32_t backend)) {
    uint32_t ids[8];
    const size_t count = plx_backend_list(ids, 8);
    size_t i;
    REQUIRE(count >= 1 && count <= 8);
    for (i = 0; i < count; ++i) {
        check_case = plx_backend_name(ids[i]);
        run(ids[i]);
    }
    check_case = "";
}

static inline plx_poller* make_poller(uint32_t backend) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    plx_poller* poller = NULL;
    options.backend = backend;
    REQUIRE(plx_poller_create(&poller, &options) == 0);
    return poller;
}

static inline int has_capability(uint32_t backend, uint32_t capability) {
    return (plx_backend_capabilities(backend) & capability) != 0;
}

#endif
