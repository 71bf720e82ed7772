/* SPDX-License-Identifier: MIT */
/* The whole interface in plain C, over each backend, as a program would use it. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kCapacity = 8 };

/* How many threads this process has, or 0 where the system does not tell. */
static int count_threads(void) {
    DIR* tasks = opendir("/proc/self/task");
    int count = 0;
    if (tasks == NULL) return 0;
    while (readdir(tasks) != NULL)
        ++count;
    closedir(tasks);
    return count;
}

static int64_t now_ns(void) {
    struct timespec now;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Waits for ever, which a test only does where an event is certain. */
static int wait_for_events(plx_poller* poller, plx_event* events) {
    return plx_poller_wait(poller, events, kCapacity, -1);
}

static void level_repeats_until_the_data_is_read(plx_poller* poller, const int* ends) {
    plx_event events[kCapacity];
    char byte;
    CHECK_RESULT(0, plx_poller_add(poller, ends[0], UINT64_MAX, PLX_READABLE));
    CHECK_RESULT(0, plx_poller_wait(poller, events, kCapacity, 0));
    REQUIRE(write(ends[1], "x", 1) == 1);
    CHECK_RESULT(1, wait_for_events(poller, events));
    CHECK_RESULT(1, wait_for_events(poller, events));
    CHECK(events[0].token == UINT64_MAX && events[0].fd == ends[0]);
    CHECK(events[0].events == PLX_READABLE);
    REQUIRE(read(ends[0], &byte, 1) == 1);
    CHECK_RESULT(0, plx_poller_wait(poller, events, kCapacity, 0));
}

static void one_shot_fires_once_until_modified(plx_poller* poller, const int* ends) {
    plx_event events[kCapacity];
    CHECK_RESULT(0, plx_poller_add(poller, ends[1], 1, PLX_WRITABLE | PLX_ONESHOT));
    CHECK_RESULT(1, wait_for_events(poller, events));
    CHECK_RESULT(0, plx_poller_wait(poller, events, kCapacity, 0));
    CHECK(plx_poller_count(poller) == 2);
    CHECK_RESULT(0, plx_poller_modify(poller, ends[1], 2, PLX_WRITABLE | PLX_ONESHOT));
    CHECK_RESULT(1, wait_for_events(poller, events));
    CHECK(events[0].token == 2 && events[0].events == PLX_WRITABLE);
    CHECK_RESULT(0, plx_poller_modify(poller, ends[1], 2, 0));
    CHECK_RESULT(0, plx_poller_wait(poller, events, kCapacity, 0));
}

static void a_wake_is_an_event_of_its_own(plx_poller* poller) {
    plx_event events[kCapacity];
    CHECK_RESULT(0, plx_poller_wake(poller));
    CHECK_RESULT(0, plx_poller_wake(poller));
    CHECK_RESULT(1, wait_for_events(poller, events));
    CHECK(events[0].events == PLX_WOKEN && events[0].fd == -1 && events[0].token == 0);
    CHECK_RESULT(0, plx_poller_wait(poller, events, kCapacity, 0));
}

static void a_timeout_is_not_early(plx_poller* poller) {
    static const int64_t timeouts[] = {1, 999999, 1000001, 3500000};
    plx_event events[kCapacity];
    size_t i;
    for (i = 0; i < sizeof timeouts / sizeof *timeouts; ++i) {
        const int64_t before = now_ns();
        CHECK_RESULT(0, plx_poller_wait(poller, events, kCapacity, timeouts[i]));
        CHECK(now_ns() - before >= timeouts[i]);
    }
}

static void the_descriptor_can_be_watched(plx_poller* poller, uint32_t backend, const int* ends) {
    struct pollfd outer;
    if (!has_capability(backend, PLX_CAP_NATIVE_FD)) return;
    outer.fd = plx_poller_fd(poller);
    outer.events = POLLIN;
    REQUIRE(outer.fd >= 0);
    CHECK(plx_poller_fd(poller) == outer.fd);
    CHECK(poll(&outer, 1, 0) == 0);
    CHECK_RESULT(0, plx_poller_modify(poller, ends[1], 3, PLX_WRITABLE));
    CHECK(poll(&outer, 1, -1) == 1);
    CHECK_RESULT(0, plx_poller_modify(poller, ends[1], 3, 0));
}

static void a_closed_peer_is_reported(plx_poller* poller, int* ends) {
    plx_event events[kCapacity];
    CHECK_RESULT(0, plx_poller_remove(poller, ends[1]));
    close(ends[1]);
    CHECK_RESULT(1, wait_for_events(poller, events));
    CHECK(events[0].fd == ends[0]);
    CHECK((events[0].events & (PLX_HANGUP | PLX_READ_CLOSED | PLX_READABLE)) != 0);
}

static void tell_the_whole_story(uint32_t backend) {
    plx_poller* poller = make_poller(backend);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    CHECK(plx_poller_backend(poller) == backend);
    level_repeats_until_the_data_is_read(poller, ends);
    one_shot_fires_once_until_modified(poller, ends);
    a_wake_is_an_event_of_its_own(poller);
    a_timeout_is_not_early(poller);
    the_descriptor_can_be_watched(poller, backend, ends);
    a_closed_peer_is_reported(poller, ends);
    CHECK_RESULT(0, plx_poller_after_fork(poller)); /* nothing to do in the process that made it */
    CHECK_RESULT(0, plx_poller_remove(poller, ends[0]));
    CHECK(plx_poller_count(poller) == 0);
    plx_poller_destroy(poller);
    close(ends[0]);
}

static void the_capacity_is_respected(uint32_t backend) {
    plx_poller* poller = make_poller(backend);
    plx_event events[4];
    int ends[3][2];
    int met[3] = {0, 0, 0};
    int round;
    uint64_t i;
    for (i = 0; i < 3; ++i) {
        REQUIRE(pipe(ends[i]) == 0);
        CHECK_RESULT(0, plx_poller_add(poller, ends[i][1], i, PLX_WRITABLE));
    }
    memset(events, 0xee, sizeof events);
    for (round = 0; round < 12; ++round) {
        CHECK_RESULT(1, plx_poller_wait(poller, events, 1, -1));
        REQUIRE(events[0].token < 3);
        met[events[0].token] = 1;
        CHECK(events[1].token == UINT64_C(0xeeeeeeeeeeeeeeee));
    }
    CHECK(met[0] && met[1] && met[2]);
    CHECK_RESULT(3, plx_poller_wait(poller, events, 4, -1));
    plx_poller_destroy(poller);
    for (i = 0; i < 3; ++i) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
}

static plx_poller* first_poller;

/* Nothing is shared by the pollers of one process, whatever their backends are. */
static void two_pollers_watch_one_file(uint32_t backend) {
    plx_poller* second = make_poller(backend);
    plx_event events[kCapacity];
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    CHECK_RESULT(0, plx_poller_add(first_poller, ends[1], 1, PLX_WRITABLE));
    CHECK_RESULT(0, plx_poller_add(second, ends[1], 2, PLX_WRITABLE));
    CHECK_RESULT(1, wait_for_events(first_poller, events));
    CHECK(events[0].token == 1);
    CHECK_RESULT(1, wait_for_events(second, events));
    CHECK(events[0].token == 2);
    CHECK_RESULT(0, plx_poller_remove(first_poller, ends[1]));
    CHECK_RESULT(1, wait_for_events(second, events));
    plx_poller_destroy(second);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const int threads_before = count_threads();
    for_each_backend(tell_the_whole_story);
    for_each_backend(the_capacity_is_respected);
    REQUIRE(plx_poller_create(&first_poller, NULL) == 0);
    for_each_backend(two_pollers_watch_one_file);
    plx_poller_destroy(first_poller);
    CHECK(count_threads() == threads_before);
    return finish();
}
