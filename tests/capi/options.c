/* SPDX-License-Identifier: MIT */
/* Options from callers that were compiled against an older or a newer header: every size from 0 to
 * beyond the largest that is accepted. */
#include "check.h"

#include <errno.h>
#include <string.h>

enum { kLargest = 4096, kRoom = 4352 };

static union {
    plx_poller_options options;
    unsigned char bytes[kRoom];
} caller;

/* A caller's struct of `size` bytes that asks for poll; what lies behind it is not zero. */
static void prepare(size_t size) {
    const plx_poller_options defaults = PLX_POLLER_OPTIONS_INIT;
    memset(&caller, 0xff, sizeof caller);
    if (size < sizeof caller) memset(&caller, 0, size);
    memcpy(&caller.options, &defaults,
           size < sizeof(size_t)    ? sizeof(size_t)
           : size < sizeof defaults ? size
                                    : sizeof defaults);
    caller.options.struct_size = size;
    if (size >= offsetof(plx_poller_options, backend) + 4)
        caller.options.backend = PLX_BACKEND_POLL;
}

static int create(uint32_t* backend) {
    plx_poller* poller = NULL;
    const int rc = plx_poller_create(&poller, &caller.options);
    CHECK((rc == 0) == (poller != NULL));
    *backend = plx_poller_backend(poller);
    plx_poller_destroy(poller);
    return rc;
}

static uint32_t default_backend(void) {
    plx_poller* poller = NULL;
    uint32_t backend;
    REQUIRE(plx_poller_create(&poller, NULL) == 0);
    backend = plx_poller_backend(poller);
    plx_poller_destroy(poller);
    return backend;
}

static int is_at_field_end(size_t size) {
    return size % 4 == 0;
}

static void a_struct_without_room_for_its_size_is_refused(void) {
    size_t size;
    uint32_t backend;
    for (size = 0; size < sizeof(size_t); ++size) {
        prepare(size);
        CHECK_RESULT(-EINVAL, create(&backend));
    }
}

static void what_a_shorter_struct_lacks_is_the_default(void) {
    const uint32_t usual = default_backend();
    size_t size;
    uint32_t backend;
    for (size = sizeof(size_t); size < sizeof(plx_poller_options); ++size) {
        /* A struct does not end within a field. */
        if (!is_at_field_end(size)) continue;
        prepare(size);
        CHECK_RESULT(0, create(&backend));
        CHECK(backend == (size == sizeof(size_t) ? usual : PLX_BACKEND_POLL));
    }
}

static void a_longer_struct_with_a_zero_tail_is_accepted(void) {
    size_t size;
    uint32_t backend;
    for (size = sizeof(plx_poller_options); size <= kLargest; ++size) {
        prepare(size);
        CHECK_RESULT(0, create(&backend));
        CHECK(backend == PLX_BACKEND_POLL);
    }
}

static void a_longer_struct_with_anything_in_its_tail_is_refused(void) {
    size_t size;
    uint32_t backend;
    for (size = sizeof(plx_poller_options) + 1; size <= kLargest; ++size) {
        prepare(size);
        caller.bytes[size - 1] = 1;
        CHECK_RESULT(-E2BIG, create(&backend));
        prepare(size);
        caller.bytes[sizeof(plx_poller_options)] = 0x80;
        CHECK_RESULT(-E2BIG, create(&backend));
    }
}

static void a_size_that_is_garbage_is_refused(void) {
    size_t size;
    uint32_t backend;
    for (size = kLargest + 1; size <= 4200; ++size) {
        prepare(size);
        CHECK_RESULT(-E2BIG, create(&backend));
    }
    prepare(sizeof(plx_poller_options));
    caller.options.struct_size = SIZE_MAX;
    CHECK_RESULT(-E2BIG, create(&backend));
}

static void the_options_are_not_changed(void) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    plx_poller_options before;
    plx_poller* poller = NULL;
    memcpy(&before, &options, sizeof before);
    CHECK_RESULT(0, plx_poller_create(&poller, &options));
    CHECK(memcmp(&before, &options, sizeof before) == 0);
    plx_poller_destroy(poller);
}

int main(void) {
    a_struct_without_room_for_its_size_is_refused();
    what_a_shorter_struct_lacks_is_the_default();
    a_longer_struct_with_a_zero_tail_is_accepted();
    a_longer_struct_with_anything_in_its_tail_is_refused();
    a_size_that_is_garbage_is_refused();
    the_options_are_not_changed();
    return finish();
}
