/* SPDX-License-Identifier: MIT */
/* What a loop does, live: a table that is drawn anew twice a second, of a loop with a load of its
 * own.
 *
 * What it shows of the loop: statistics and a trace, timers, posts of another thread, work in the
 * pool, a terminal and its keys as I/O, and signals: the end, a new size, a pause.
 */
#include "net.h"
#include "program.h"
#include "top_load.h"
#include "top_view.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
    const char* backend;
    int64_t interval_ms, seconds;
    bool is_plain;
    struct load_settings load;
};

struct top {
    plx_loop* loop;
    bool is_drawing; /* not printing */
    bool is_due;     /* the next sample */
    bool is_resized;
    bool is_pausing;
    bool is_ending;
    struct view view;
    struct sample sample;
};

/* The message shall be seen where the shell is. */
static void check(int rc, const char* what) {
    if (rc >= 0) return;
    close_terminal();
    die("cannot %s: %s", what, plx_strerror(rc));
}

/* Callbacks ------------------------------------------------------------------------------------ */

/* They only take note: what is done in a callback would count as the loop's. */
static void on_tick(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop;
    (void)handle;
    ((struct top*)user)->is_due = true;
}

static void on_end(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop;
    (void)handle;
    ((struct top*)user)->is_ending = true;
}

static void on_end_signal(plx_loop* loop, plx_handle handle, int signo, void* user) {
    (void)signo;
    on_end(loop, handle, user);
}

static void on_resize(plx_loop* loop, plx_handle handle, int signo, void* user) {
    (void)loop;
    (void)handle;
    (void)signo;
    ((struct top*)user)->is_resized = true;
}

static void on_pause(plx_loop* loop, plx_handle handle, int signo, void* user) {
    (void)loop;
    (void)handle;
    (void)signo;
    ((struct top*)user)->is_pausing = true;
}

static void on_key(plx_loop* loop, plx_handle handle, uint32_t events, void* user) {
    (void)events;
    struct top* top = user;
    char keys[64];
    const ssize_t got = read(STDIN_FILENO, keys, sizeof keys);
    if (got <= 0) plx_close(loop, handle); /* no more keys, but there are signals */
    for (ssize_t i = 0; i < got; ++i)
        top->is_ending |= keys[i] == 'q' || keys[i] == 'Q';
}

/* Setting up ----------------------------------------------------------------------------------- */

static void watch_signal(struct top* top, int signo, plx_signal_fn fn) {
    plx_handle handle;
    check(plx_signal_start(top->loop, &handle, signo, fn, top), "watch a signal");
}

/* Some systems cannot watch each terminal: then there is Ctrl-C. */
static void take_terminal(struct top* top) {
    plx_handle keys;
    watch_signal(top, SIGWINCH, on_resize);
    watch_signal(top, SIGTSTP, on_pause);
    top->view.how_to_end = "Ctrl-C ends";
    if (isatty(STDIN_FILENO) == 1 &&
        plx_io_start(top->loop, &keys, STDIN_FILENO, PLX_READABLE, on_key, top) == 0) {
        top->view.how_to_end = "q ends";
    }
    measure_terminal(&top->view.terminal);
    open_terminal(&top->view.terminal);
}

static void start_timers(struct top* top, const struct settings* settings) {
    const int64_t interval = settings->interval_ms * (NANOSECONDS_PER_SECOND / 1000);
    plx_handle timer;
    check(plx_timer_start(top->loop, &timer, interval, interval, on_tick, top), "start a timer");
    if (settings->seconds == 0) return;
    check(plx_timer_start(top->loop, &timer, settings->seconds * NANOSECONDS_PER_SECOND, 0, on_end,
                          top),
          "start a timer");
}

/* Running -------------------------------------------------------------------------------------- */

/* An output that nobody reads ends it, as with a pipe to head. */
static void show(struct top* top) {
    const bool is_seen = top->is_drawing ? draw_sample(&top->view, &top->sample)
                                         : print_sample(&top->view, &top->sample);
    if (!is_seen) top->is_ending = true;
}

/* Ctrl-Z: the shell gets its terminal as it was, and we get ours back when we go on. */
static void pause_here(struct top* top) {
    top->is_pausing = false;
    close_terminal();
    raise(SIGSTOP);
    open_terminal(&top->view.terminal);
    top->is_resized = true;
}

static void run(struct top* top) {
    start_sampling(top->loop, &top->sample);
    if (top->is_drawing) show(top);
    while (!top->is_ending) {
        check(plx_loop_run(top->loop, PLX_RUN_ONCE), "run the loop");
        if (top->is_pausing) pause_here(top);
        if (top->is_resized) measure_terminal(&top->view.terminal);
        if (top->is_due) take_sample(top->loop, &top->sample);
        if (top->is_due || top->is_resized) show(top);
        top->is_due = top->is_resized = false;
    }
    take_sample(top->loop, &top->sample);
}

static void read_settings(struct settings* s, int argc, char** argv) {
    const struct option options[] = {
        {"--backend", "NAME", "auto (the best that works here), epoll, kqueue or poll", NULL, 0, 0,
         &s->backend, NULL},
        {"--interval", "MS", "from one picture to the next (500)", &s->interval_ms, 20, 60000, NULL,
         NULL},
        {"--seconds", "N", "end after so long; 0, the default: when told", &s->seconds, 0, 86400,
         NULL, NULL},
        {"--plain", NULL, "lines instead of pictures, as where there is no terminal", NULL, 0, 0,
         NULL, &s->is_plain},
        {"--pairs", "N", "of sockets that play ping-pong (16)", &s->load.pairs, 0, 5000, NULL,
         NULL},
        {"--burst", "N", "what a pair sends to and fro some 40 times a second (20)", &s->load.burst,
         1, 1000000, NULL, NULL},
        {"--timers", "N", "with periods of 10 ms to 109 ms (100)", &s->load.timers, 0, 1000000,
         NULL, NULL},
        {"--posts", "N", "of another thread, a second (1000)", &s->load.posts, 0, 10000000, NULL,
         NULL},
        {"--work", "N", "that sleeps in the pool, under way at a time (8)", &s->load.work, 0,
         100000, NULL, NULL},
    };
    read_options("top", "Shows what a loop with a load of its own does, until q or Ctrl-C.",
                 options, sizeof options / sizeof *options, argc, argv);
}

int main(int argc, char** argv) {
    struct settings settings = {
        .backend = "auto",
        .interval_ms = 500,
        .load = {.pairs = 16, .burst = 20, .timers = 100, .posts = 1000, .work = 8}};
    static struct top top; /* its history is long */
    read_settings(&settings, argc, argv);
    ignore_broken_pipes();
    raise_descriptor_limit();
    top.loop = open_loop(settings.backend);
    top.is_drawing = can_draw() && !settings.is_plain;
    top.view.backend = plx_backend_name(plx_loop_backend(top.loop));
    top.view.interval_ms = settings.interval_ms;
    watch_signal(&top, SIGINT, on_end_signal);
    watch_signal(&top, SIGTERM, on_end_signal);
    watch_signal(&top, SIGHUP, on_end_signal);
    struct load* load = start_load(top.loop, &settings.load);
    start_timers(&top, &settings);
    if (top.is_drawing) take_terminal(&top);
    run(&top);
    close_terminal();
    stop_posts(load);
    const bool is_written = print_summary(&top.view, &top.sample);
    plx_loop_destroy(top.loop);
    free_load(load);
    return is_written ? 0 : 1;
}
