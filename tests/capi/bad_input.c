/* SPDX-License-Identifier: MIT */
/* Each wrong call and the error that the header promises for it; and that nothing changed. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_null_poller(void) {
    plx_event event;
    CHECK_RESULT(-EINVAL, plx_poller_create(NULL, NULL));
    CHECK_RESULT(-EINVAL, plx_poller_fd(NULL));
    CHECK_RESULT(-EINVAL, plx_poller_add(NULL, 0, 0, PLX_READABLE));
    CHECK_RESULT(-EINVAL, plx_poller_modify(NULL, 0, 0, PLX_READABLE));
    CHECK_RESULT(-EINVAL, plx_poller_remove(NULL, 0));
    CHECK_RESULT(-EINVAL, plx_poller_wait(NULL, &event, 1, 0));
    CHECK_RESULT(-EINVAL, plx_poller_wake(NULL));
    CHECK_RESULT(-EINVAL, plx_poller_after_fork(NULL));
    CHECK(plx_poller_backend(NULL) == 0);
    CHECK(plx_poller_count(NULL) == 0);
    plx_poller_destroy(NULL);
}

static int create(uint32_t backend, uint32_t capabilities, uint32_t flags, uint32_t reserved) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    plx_poller* const untouched = (plx_poller*)&options;
    plx_poller* poller = untouched;
    int rc;
    options.backend = backend;
    options.required_capabilities = capabilities;
    options.flags = flags;
    options.reserved = reserved;
    rc = plx_poller_create(&poller, &options);
    if (rc < 0) {
        CHECK(poller == untouched);
    } else {
        plx_poller_destroy(poller);
    }
    return rc;
}

static void wrong_options(void) {
    uint32_t ids[8];
    const size_t count = plx_backend_list(ids, 8);
    uint32_t backend;
    CHECK_RESULT(-EINVAL, create(4, 0, 0, 0));
    CHECK_RESULT(-EINVAL, create(UINT32_MAX, 0, 0, 0));
    CHECK_RESULT(-EINVAL, create(PLX_BACKEND_AUTO, UINT32_C(0x40), 0, 0));
    CHECK_RESULT(-EINVAL, create(PLX_BACKEND_AUTO, UINT32_C(0x80000000), 0, 0));
    CHECK_RESULT(-EINVAL, create(PLX_BACKEND_AUTO, 0, 1, 0));
    CHECK_RESULT(-EINVAL, create(PLX_BACKEND_AUTO, 0, 0, 1));
    CHECK_RESULT(-ENOTSUP, create(PLX_BACKEND_POLL, PLX_CAP_EDGE, 0, 0));
    CHECK_RESULT(-ENOTSUP, create(PLX_BACKEND_POLL, PLX_CAP_NATIVE_FD, 0, 0));
    for (backend = 1; backend <= 3; ++backend) {
        size_t i = 0;
        while (i < count && ids[i] != backend)
            ++i;
        CHECK_RESULT(i < count ? 0 : -ENOTSUP, create(backend, 0, 0, 0));
    }
}

static void wrong_interest(plx_poller* poller, int fd, uint32_t backend) {
    static const uint32_t unknown[] = {PLX_ERROR, PLX_HANGUP,     PLX_READ_CLOSED,
                                       PLX_WOKEN, UINT32_C(0x20), UINT32_C(0x80000000),
                                       UINT32_MAX};
    size_t i;
    for (i = 0; i < sizeof unknown / sizeof *unknown; ++i) {
        CHECK_RESULT(-EINVAL, plx_poller_add(poller, fd, 0, PLX_READABLE | unknown[i]));
    }
    CHECK_RESULT(-EINVAL,
                 plx_poller_add(poller, fd, 0, PLX_READABLE | PLX_EXCLUSIVE | PLX_ONESHOT));
    CHECK_RESULT(-EINVAL,
                 plx_poller_add(poller, fd, 0, PLX_READABLE | PLX_EXCLUSIVE | PLX_PRIORITY));
    if (!has_capability(backend, PLX_CAP_EDGE)) {
        CHECK_RESULT(-ENOTSUP, plx_poller_add(poller, fd, 0, PLX_READABLE | PLX_EDGE));
    }
    if (!has_capability(backend, PLX_CAP_PRIORITY)) {
        CHECK_RESULT(-ENOTSUP, plx_poller_add(poller, fd, 0, PLX_PRIORITY));
    }
}

static void wrong_descriptors(plx_poller* poller) {
    const int directory = open("/", O_RDONLY);
    FILE* file = tmpfile();
    REQUIRE(directory >= 0 && file != NULL);
    CHECK_RESULT(-EPERM, plx_poller_add(poller, directory, 0, PLX_READABLE));
    CHECK_RESULT(-EPERM, plx_poller_add(poller, fileno(file), 0, PLX_READABLE));
    CHECK_RESULT(-EPERM, plx_poller_add(poller, fileno(file), 0, 0));
    fclose(file);
    close(directory);
    CHECK_RESULT(-EBADF, plx_poller_add(poller, directory, 0, PLX_READABLE));
    CHECK_RESULT(-EBADF, plx_poller_add(poller, directory, 0, 0));
    CHECK_RESULT(-EBADF, plx_poller_add(poller, INT_MAX, 0, PLX_READABLE));
    CHECK_RESULT(-EBADF, plx_poller_add(poller, -1, 0, PLX_READABLE));
    CHECK_RESULT(-EBADF, plx_poller_add(poller, INT_MIN, 0, PLX_READABLE));
    CHECK_RESULT(-EBADF, plx_poller_modify(poller, -1, 0, PLX_READABLE));
    CHECK_RESULT(-EBADF, plx_poller_remove(poller, -1));
}

static void not_registered(plx_poller* poller, int fd) {
    CHECK_RESULT(-ENOENT, plx_poller_modify(poller, fd, 0, PLX_READABLE));
    CHECK_RESULT(-ENOENT, plx_poller_remove(poller, fd));
    CHECK_RESULT(-ENOENT, plx_poller_modify(poller, INT_MAX, 0, PLX_READABLE));
    CHECK_RESULT(-ENOENT, plx_poller_remove(poller, INT_MAX));
}

/* A failed call leaves the registration as it was. */
static void registered_already(plx_poller* poller, int fd) {
    plx_event event;
    CHECK_RESULT(0, plx_poller_add(poller, fd, 7, PLX_WRITABLE));
    CHECK_RESULT(-EEXIST, plx_poller_add(poller, fd, 8, PLX_READABLE));
    CHECK_RESULT(-EINVAL, plx_poller_modify(poller, fd, 8, UINT32_MAX));
    CHECK_RESULT(-EINVAL, plx_poller_modify(poller, fd, 8, PLX_WRITABLE | PLX_WOKEN));
    CHECK(plx_poller_count(poller) == 1);
    CHECK_RESULT(1, plx_poller_wait(poller, &event, 1, -1));
    CHECK(event.token == 7 && event.fd == fd && event.events == PLX_WRITABLE);
    CHECK_RESULT(0, plx_poller_remove(poller, fd));
    CHECK_RESULT(-ENOENT, plx_poller_remove(poller, fd));
}

static void wrong_waits(plx_poller* poller) {
    plx_event event;
    CHECK_RESULT(-EINVAL, plx_poller_wait(poller, NULL, 1, 0));
    CHECK_RESULT(-EINVAL, plx_poller_wait(poller, &event, 0, 0));
    CHECK_RESULT(-EINVAL, plx_poller_wait(poller, &event, -1, 0));
    CHECK_RESULT(-EINVAL, plx_poller_wait(poller, &event, INT_MIN, 0));
}

static void its_own_descriptor(plx_poller* poller, uint32_t backend) {
    const int own = plx_poller_fd(poller);
    if (!has_capability(backend, PLX_CAP_NATIVE_FD)) {
        CHECK_RESULT(-ENOTSUP, own);
        return;
    }
    REQUIRE(own >= 0);
    CHECK_RESULT(-EINVAL, plx_poller_add(poller, own, 0, PLX_READABLE));
}

static void bad_calls(uint32_t backend) {
    plx_poller* poller = make_poller(backend);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    wrong_interest(poller, ends[1], backend);
    wrong_descriptors(poller);
    not_registered(poller, ends[1]);
    CHECK(plx_poller_count(poller) == 0);
    registered_already(poller, ends[1]);
    wrong_waits(poller);
    its_own_descriptor(poller, backend);
    CHECK(plx_poller_count(poller) == 0);
    plx_poller_destroy(poller);
    close(ends[0]);
    close(ends[1]);
}

/* In a child, so that the limit of the test program itself stays. */
static void no_more_descriptors(uint32_t backend) {
    int status = 1;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int next = dup(0);
        struct rlimit limit = {0, 0};
        REQUIRE(next >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
        limit.rlim_cur = (rlim_t)next;
        close(next);
        REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        CHECK_RESULT(-EMFILE, create(backend, 0, 0, 0));
        CHECK_RESULT(-EMFILE, create(PLX_BACKEND_AUTO, 0, 0, 0));
        CHECK(plx_backend_list(NULL, 0) >= 1);
        _exit(finish());
    }
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
    a_null_poller();
    wrong_options();
    for_each_backend(bad_calls);
    for_each_backend(no_more_descriptors);
    return finish();
}
