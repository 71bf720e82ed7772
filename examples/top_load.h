/* SPDX-License-Identifier: MIT */
/* Load for a loop: sockets that play ping-pong, timers, posts of another thread, work. */
#ifndef EXAMPLES_TOP_LOAD_H
#define EXAMPLES_TOP_LOAD_H

#include <pollux/pollux.h>

#include <stdint.h>

struct load_settings {
    int64_t pairs;  /* of sockets */
    int64_t burst;  /* what a pair sends to and fro each time it is started, 20 ms to 29 ms apart */
    int64_t timers; /* with periods of 10 ms to 109 ms */
    int64_t posts;  /* a second */
    int64_t work;   /* under way at a time; each sleeps for 1 ms to 8 ms */
};

struct load;

/* Exits with a message where that does not work. */
struct load* start_load(plx_loop* loop, const struct load_settings* settings);

/* Before the loop is destroyed the posts have to end, after it the rest. */
void stop_posts(struct load* load);
void free_load(struct load* load);

#endif
