/* SPDX-License-Identifier: MIT */
/* Results put into words. */
#include "check.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* The errors that the interface documents. */
static const struct {
    int number;
    const char* name;
} documented[] = {
    {E2BIG, "E2BIG"},   {EACCES, "EACCES"}, {EAGAIN, "EAGAIN"},   {EBADF, "EBADF"},
    {EEXIST, "EEXIST"}, {EINTR, "EINTR"},   {EINVAL, "EINVAL"},   {EMFILE, "EMFILE"},
    {ENFILE, "ENFILE"}, {ENOENT, "ENOENT"}, {ENOMEM, "ENOMEM"},   {ENOSPC, "ENOSPC"},
    {ENOSYS, "ENOSYS"}, {EPERM, "EPERM"},   {ENOTSUP, "ENOTSUP"},
};

static void check_text(int rc, const char* name) {
    const char* text = plx_strerror(rc);
    CHECK(strcmp(plx_error_name(rc), name) == 0);
    CHECK(text != NULL && strlen(text) >= 4);
    CHECK(strcmp(text, "unknown error") != 0);
}

static void every_documented_error_has_its_name_and_a_text(void) {
    size_t i;
    for (i = 0; i < sizeof documented / sizeof *documented; ++i) {
        check_text(-documented[i].number, documented[i].name);
    }
}

static void no_two_documented_errors_share_a_text(void) {
    const size_t count = sizeof documented / sizeof *documented;
    size_t i;
    size_t j;
    for (i = 0; i < count; ++i) {
        for (j = i + 1; j < count; ++j) {
            CHECK(strcmp(plx_strerror(-documented[i].number),
                         plx_strerror(-documented[j].number)) != 0);
        }
    }
}

static void success_is_one_text(void) {
    static const int successes[] = {0, 1, 1000, INT_MAX};
    size_t i;
    for (i = 0; i < sizeof successes / sizeof *successes; ++i) {
        CHECK(strcmp(plx_error_name(successes[i]), "OK") == 0);
        CHECK(strcmp(plx_strerror(successes[i]), "success") == 0);
    }
}

static void a_number_that_is_no_error_is_unknown(void) {
    static const int unknown[] = {INT_MIN, INT_MIN + 1, -1000000, -4000};
    size_t i;
    for (i = 0; i < sizeof unknown / sizeof *unknown; ++i) {
        CHECK(strcmp(plx_error_name(unknown[i]), "UNKNOWN") == 0);
        CHECK(strcmp(plx_strerror(unknown[i]), "unknown error") == 0);
    }
}

static void the_text_is_static(void) {
    CHECK(plx_strerror(-EBADF) == plx_strerror(-EBADF));
    CHECK(plx_error_name(-EBADF) == plx_error_name(-EBADF));
}

static void every_number_has_some_text(void) {
    int rc;
    for (rc = -5000; rc <= 5; ++rc)
        CHECK(plx_strerror(rc) != NULL && plx_error_name(rc) != NULL);
}

int main(void) {
    every_documented_error_has_its_name_and_a_text();
    no_two_documented_errors_share_a_text();
    success_is_one_text();
    a_number_that_is_no_error_is_unknown();
    the_text_is_static();
    every_number_has_some_text();
    return finish();
}
