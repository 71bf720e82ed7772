/* SPDX-License-Identifier: MIT */
/* A program of the event loop: a timer that stops it, and a post from before the run. */
#include <pollux/pollux.h>
#include <stdio.h>

static void on_post(plx_loop* loop, void* user) {
    (void)loop;
    *(int*)user += 1;
}

static void on_timer(plx_loop* loop, plx_handle handle, void* user) {
    *(int*)user += 10;
    (void)plx_close(loop, handle);
}

int main(void) {
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    plx_loop_stats stats = PLX_LOOP_STATS_INIT;
    plx_loop* loop;
    plx_handle timer;
    int seen = 0;
    int rc = plx_loop_create(&loop, &options);
    if (rc == 0) rc = plx_post(loop, on_post, &seen);
    if (rc == 0) rc = plx_timer_start(loop, &timer, 1000000, 0, on_timer, &seen);
    if (rc == 0) rc = plx_loop_run(loop, PLX_RUN_DEFAULT);
    if (rc == 0) rc = plx_loop_stats_get(loop, &stats);
    if (rc < 0) return fprintf(stderr, "%s: %s\n", plx_error_name(rc), plx_strerror(rc)), 1;
    printf("loop of %s over %s: seen %d, %d timer\n", plx_version_string(),
           plx_backend_name(plx_loop_backend(loop)), seen, (int)stats.timers_fired);
    plx_loop_destroy(loop);
    return seen == 11 && stats.timers_fired == 1 ? 0 : 1;
}
