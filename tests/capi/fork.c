/* SPDX-License-Identifier: MIT */
/* A poller of the parent in a child. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static plx_poller* poller;
static int ends[2];

/* Runs `story` in a child and takes over its verdict. */
static void in_child(int (*story)(void)) {
    int status = 1;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        check_failures = 0;
        _exit(story());
    }
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int every_call_is_refused(void) {
    plx_event event;
    CHECK_RESULT(-EINVAL, plx_poller_add(poller, ends[1], 0, PLX_WRITABLE));
    CHECK_RESULT(-EINVAL, plx_poller_modify(poller, ends[0], 0, PLX_READABLE));
    CHECK_RESULT(-EINVAL, plx_poller_remove(poller, ends[0]));
    CHECK_RESULT(-EINVAL, plx_poller_wait(poller, &event, 1, 0));
    CHECK_RESULT(-EINVAL, plx_poller_wake(poller));
    CHECK_RESULT(-EINVAL, plx_poller_fd(poller));
    CHECK(plx_poller_count(poller) == 1);
    return finish();
}

static int the_poller_works_after_fork(void) {
    plx_event event;
    CHECK_RESULT(0, plx_poller_after_fork(poller));
    CHECK_RESULT(0, plx_poller_add(poller, ends[1], 5, PLX_WRITABLE));
    CHECK_RESULT(1, plx_poller_wait(poller, &event, 1, -1));
    CHECK(event.token == 5 && event.events == PLX_WRITABLE);
    CHECK_RESULT(0, plx_poller_remove(poller, ends[1]));
    REQUIRE(write(ends[1], "x", 1) == 1);
    CHECK_RESULT(1, plx_poller_wait(poller, &event, 1, -1));
    CHECK(event.token == 4 && event.fd == ends[0]);
    CHECK_RESULT(0, plx_poller_remove(poller, ends[0]));
    plx_poller_destroy(poller);
    return finish();
}

static int it_can_be_destroyed_as_it_is(void) {
    plx_poller_destroy(poller);
    return finish();
}

static int a_new_one_works_beside_it(void) {
    plx_event event;
    plx_poller* mine = make_poller(plx_poller_backend(poller));
    CHECK_RESULT(0, plx_poller_add(mine, ends[1], 6, PLX_WRITABLE));
    CHECK_RESULT(1, plx_poller_wait(mine, &event, 1, -1));
    plx_poller_destroy(mine);
    return finish();
}

static void fork_with(uint32_t backend) {
    plx_event event;
    char byte;
    poller = make_poller(backend);
    REQUIRE(pipe(ends) == 0);
    CHECK_RESULT(0, plx_poller_add(poller, ends[0], 4, PLX_READABLE));
    in_child(every_call_is_refused);
    in_child(the_poller_works_after_fork);
    in_child(it_can_be_destroyed_as_it_is);
    in_child(a_new_one_works_beside_it);
    /* What the children did has not reached the parent's registrations. */
    CHECK(plx_poller_count(poller) == 1);
    CHECK_RESULT(1, plx_poller_wait(poller, &event, 1, -1));
    CHECK(event.token == 4 && event.events == PLX_READABLE);
    REQUIRE(read(ends[0], &byte, 1) == 1);
    CHECK_RESULT(0, plx_poller_wait(poller, &event, 1, 0));
    plx_poller_destroy(poller);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    for_each_backend(fork_with);
    return finish();
}
