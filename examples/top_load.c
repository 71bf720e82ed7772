/* SPDX-License-Identifier: MIT */
#include "top_load.h"

#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND (NANOSECONDS_PER_SECOND / 1000)

enum {
    kPostsPerSecondMs = 1000,
    kMostPending = 10000, /* posts; more only pile up in a loop that cannot keep up */
};

struct end {
    struct pair* pair;
    plx_handle io;
    int fd;
};

struct pair {
    struct end ends[2];
    int64_t burst;
    int64_t left; /* of the burst */
};

struct job {
    struct load* load;
    unsigned random;
};

struct load {
    plx_loop* loop;
    struct load_settings settings;
    struct pair* pairs;
    struct job* jobs;
    pthread_t poster;
    atomic_bool is_ending;
    atomic_long pending;
};

static void check(int rc, const char* what) {
    if (rc < 0) die("cannot %s: %s", what, plx_strerror(rc));
}

/* NULL for nothing. */
static void* make_array(int64_t count, size_t size) {
    void* array = count == 0 ? NULL : calloc((size_t)count, size);
    if (count != 0 && array == NULL) die("no memory for the load");
    return array;
}

/* Ping-pong ------------------------------------------------------------------------------------ */

static void send_byte(const struct end* end) {
    const char byte = 'x';
    if (send(end->fd, &byte, 1, 0) != 1) die("a socket pair is broken");
}

static void on_readable(plx_loop* loop, plx_handle handle, uint32_t events, void* user) {
    (void)loop;
    (void)handle;
    (void)events;
    const struct end* end = user;
    char byte;
    if (recv(end->fd, &byte, 1, 0) != 1) return;
    if (--end->pair->left > 0) send_byte(end);
}

static void on_serve(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop;
    (void)handle;
    struct pair* pair = user;
    if (pair->left > 0) return; /* the last burst is still going on */
    pair->left = pair->burst;
    send_byte(&pair->ends[0]);
}

static void start_pair(struct load* load, struct pair* pair, int64_t period) {
    int fds[2];
    plx_handle timer;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) {
        die("cannot make a socket pair: %s", plx_strerror(-errno));
    }
    pair->burst = load->settings.burst;
    for (int i = 0; i < 2; ++i) {
        struct end* end = &pair->ends[i];
        *end = (struct end){.pair = pair, .fd = fds[i]};
        if (fcntl(end->fd, F_SETFL, O_NONBLOCK) != 0) die("cannot set up a socket pair");
        check(plx_io_start(load->loop, &end->io, end->fd, PLX_READABLE, on_readable, end),
              "watch a socket");
    }
    check(plx_timer_start(load->loop, &timer, period, period, on_serve, pair), "start a timer");
}

static void start_pairs(struct load* load) {
    load->pairs = make_array(load->settings.pairs, sizeof *load->pairs);
    for (int64_t i = 0; i < load->settings.pairs; ++i)
        start_pair(load, &load->pairs[i], (20 + i % 10) * MILLISECOND);
}

/* Timers --------------------------------------------------------------------------------------- */

static void on_timer(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop;
    (void)handle;
    (void)user;
}

static void start_timers(struct load* load) {
    for (int64_t i = 0; i < load->settings.timers; ++i) {
        const int64_t period = (10 + i % 100) * MILLISECOND;
        plx_handle timer;
        check(plx_timer_start(load->loop, &timer, period, period, on_timer, load), "start a timer");
    }
}

/* Posts ---------------------------------------------------------------------------------------- */

static void on_post(plx_loop* loop, void* user) {
    (void)loop;
    struct load* load = user;
    atomic_fetch_sub(&load->pending, 1);
}

static void post_some(struct load* load, int64_t count) {
    for (int64_t i = 0; i < count && atomic_load(&load->pending) < kMostPending; ++i) {
        atomic_fetch_add(&load->pending, 1);
        if (plx_post(load->loop, on_post, load) < 0) atomic_fetch_sub(&load->pending, 1);
    }
}

/* A millisecond takes longer than a millisecond: what is due is counted from the beginning. */
static void* run_poster(void* argument) {
    struct load* load = argument;
    const struct timespec pause = {0, (long)MILLISECOND};
    const int64_t began = monotonic_ns();
    int64_t posted = 0;
    while (!atomic_load(&load->is_ending)) {
        nanosleep(&pause, NULL);
        const int64_t elapsed_ms = (monotonic_ns() - began) / MILLISECOND;
        const int64_t due = elapsed_ms * load->settings.posts / kPostsPerSecondMs;
        post_some(load, due - posted);
        posted = due;
    }
    return NULL;
}

/* Signals are the loop's thread's: a read of the terminal there is what they shall interrupt. */
static void start_poster(struct load* load) {
    sigset_t all, before;
    if (load->settings.posts == 0) return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&load->poster, NULL, run_poster, load);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) die("cannot start a thread: %s", plx_strerror(-error));
}

void stop_posts(struct load* load) {
    if (load->settings.posts == 0) return;
    atomic_store(&load->is_ending, true);
    pthread_join(load->poster, NULL);
}

/* Work ----------------------------------------------------------------------------------------- */

static void do_work(void* user) {
    struct job* job = user;
    job->random = job->random * 1103515245u + 12345u;
    const struct timespec pause = {0, (long)((1 + (job->random >> 16) % 8) * MILLISECOND)};
    nanosleep(&pause, NULL);
}

static void on_done(plx_loop* loop, plx_handle handle, int status, void* user) {
    (void)handle;
    if (status == 0) check(plx_work_start(loop, NULL, do_work, on_done, user), "start work");
}

static void start_work(struct load* load) {
    load->jobs = make_array(load->settings.work, sizeof *load->jobs);
    for (int64_t i = 0; i < load->settings.work; ++i) {
        load->jobs[i] = (struct job){.load = load, .random = (unsigned)i};
        check(plx_work_start(load->loop, NULL, do_work, on_done, &load->jobs[i]), "start work");
    }
}

/* Together ------------------------------------------------------------------------------------- */

struct load* start_load(plx_loop* loop, const struct load_settings* settings) {
    struct load* load = make_array(1, sizeof *load);
    load->loop = loop;
    load->settings = *settings;
    atomic_init(&load->is_ending, false);
    atomic_init(&load->pending, 0);
    start_pairs(load);
    start_timers(load);
    start_work(load);
    start_poster(load);
    return load;
}

void free_load(struct load* load) {
    for (int64_t i = 0; i < load->settings.pairs; ++i) {
        close(load->pairs[i].ends[0].fd);
        close(load->pairs[i].ends[1].fd);
    }
    free(load->pairs);
    free(load->jobs);
    free(load);
}
