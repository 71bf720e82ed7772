/* SPDX-License-Identifier: MIT */
/* What the library says of itself: its version, and its backends. */
#include "check.h"

#include <errno.h>
#include <string.h>

static void the_version_is_the_headers(void) {
    char text[32];
    CHECK(plx_version() >> 16 == PLX_VERSION_MAJOR);
    CHECK((plx_version() >> 8 & 0xff) == PLX_VERSION_MINOR);
    CHECK((plx_version() & 0xff) == PLX_VERSION_PATCH);
    snprintf(text, sizeof text, "%d.%d.%d", PLX_VERSION_MAJOR, PLX_VERSION_MINOR,
             PLX_VERSION_PATCH);
    CHECK(strcmp(plx_version_string(), text) == 0);
}

static void every_backend_has_a_name_and_back(void) {
    static const char* const names[] = {"auto", "epoll", "kqueue", "poll"};
    uint32_t id;
    for (id = 0; id < 4; ++id) {
        uint32_t back = 99;
        CHECK(plx_backend_name(id) != NULL && strcmp(plx_backend_name(id), names[id]) == 0);
        CHECK_RESULT(0, plx_backend_from_name(names[id], &back));
        CHECK(back == id);
    }
    CHECK(plx_backend_name(4) == NULL);
    CHECK(plx_backend_name(UINT32_MAX) == NULL);
}

static void a_wrong_name_is_refused_and_leaves_the_output(void) {
    static const char* const names[] = {"", "Epoll", "epoll ", "select", "pol", "polls"};
    uint32_t out = 99;
    size_t i;
    for (i = 0; i < sizeof names / sizeof *names; ++i) {
        CHECK_RESULT(-EINVAL, plx_backend_from_name(names[i], &out));
    }
    CHECK_RESULT(-EINVAL, plx_backend_from_name(NULL, &out));
    CHECK_RESULT(-EINVAL, plx_backend_from_name("poll", NULL));
    CHECK(out == 99);
}

static void the_list_fills_what_there_is_room_for(void) {
    uint32_t all[8];
    uint32_t some[8] = {99, 99};
    const size_t count = plx_backend_list(all, 8);
    REQUIRE(count >= 1 && count <= 3);
    CHECK(plx_backend_list(NULL, 0) == count);
    CHECK(plx_backend_list(NULL, 8) == count);
    CHECK(plx_backend_list(some, 0) == count);
    CHECK(some[0] == 99);
    CHECK(plx_backend_list(some, 1) == count);
    CHECK(some[0] == all[0] && some[1] == 99);
    CHECK(all[count - 1] == PLX_BACKEND_POLL);
}

static void what_is_not_a_backend_has_no_capabilities(void) {
    uint32_t ids[8];
    size_t i;
    const size_t count = plx_backend_list(ids, 8);
    CHECK(plx_backend_capabilities(PLX_BACKEND_AUTO) == 0);
    CHECK(plx_backend_capabilities(4) == 0);
    for (i = 0; i < count; ++i)
        CHECK((plx_backend_capabilities(ids[i]) & ~UINT32_C(0x3f)) == 0);
}

int main(void) {
    the_version_is_the_headers();
    every_backend_has_a_name_and_back();
    a_wrong_name_is_refused_and_leaves_the_output();
    the_list_fills_what_there_is_room_for();
    what_is_not_a_backend_has_no_capabilities();
    return finish();
}
