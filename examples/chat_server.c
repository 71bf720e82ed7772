/* SPDX-License-Identifier: MIT */
/* A chat of lines over TCP, for telnet or nc.
 *
 * What it shows of the loop: interest in writing only while there is something to write, a bounded
 * buffer for each client and what becomes of one that does not read, a timer for each client,
 * half-close, resets, running out of descriptors without spinning, and an end on a signal that lets
 * everything out first: the loop returns by itself when nothing is left to do.
 */
#include "chat.h"
#include "net.h"
#include "program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kAcceptsPerEvent = 64 }; /* then the clients have their turn */

/* How long the listener rests when there are no descriptors left and no connection closes. */
#define ACCEPT_PAUSE_NS (NANOSECONDS_PER_SECOND / 10)

static void check(int rc, const char* what) {
    if (rc < 0) die("cannot %s: %s", what, plx_strerror(rc));
}

/* Accepting ------------------------------------------------------------------------------------ */

/* The listener stays readable while connections queue up, so it must not be watched while they
 * cannot be taken. */
static void pause_accept(struct chat* chat) {
    plx_io_set(chat->loop, chat->listener_io, 0);
    plx_timer_set(chat->loop, chat->accept_pause, ACCEPT_PAUSE_NS, 0);
    chat->is_accept_paused = true;
    ++chat->statistics.accept_pauses;
}

void resume_accept(struct chat* chat) {
    if (!chat->is_accept_paused) return;
    plx_io_set(chat->loop, chat->listener_io, PLX_READABLE);
    plx_timer_set(chat->loop, chat->accept_pause, -1, 0);
    chat->is_accept_paused = false;
}

static void on_accept_pause_over(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop;
    (void)handle;
    resume_accept(user);
}

/* One too many is told so, and not just cut off. */
static int admit(struct chat* chat, int fd) {
    struct client* client;
    const int rc = open_client(chat, fd, &client);
    if (rc < 0) return rc;
    ++chat->statistics.accepted;
    if (chat->present < chat->most_clients) {
        join(client);
        return 0;
    }
    say(client, "* the chat is full, %llu are here; come back later",
        (unsigned long long)chat->present);
    ++chat->statistics.refused;
    dismiss(client);
    return 0;
}

static bool accept_one(struct chat* chat) {
    const int fd = accept_connection(chat->listener);
    if (fd == -ECONNABORTED) return true; /* gone before it was its turn */
    if (fd < 0 && means_not_now(-fd)) return false;
    if (fd >= 0 && admit(chat, fd) == 0) return true;
    /* EMFILE, ENFILE, ENOBUFS, ENOMEM: wait until something is free. Anything else is not known to
     * pass, and must not make the server spin either. */
    if (fd >= 0) close(fd);
    pause_accept(chat);
    return false;
}

static void on_listener(plx_loop* loop, plx_handle handle, uint32_t events, void* user) {
    (void)loop;
    (void)handle;
    (void)events;
    struct chat* chat = user;
    for (int i = 0; i < kAcceptsPerEvent && accept_one(chat);)
        ++i;
    settle(chat);
}

/* Statistics ----------------------------------------------------------------------------------- */

static unsigned long long number(uint64_t value) {
    return (unsigned long long)value;
}

static void print_counts(const struct chat* chat) {
    const struct chat_statistics* s = &chat->statistics;
    plx_loop_stats loop = PLX_LOOP_STATS_INIT;
    plx_loop_stats_get(chat->loop, &loop);
    printf("accepted=%llu refused=%llu left=%llu lost=%llu dropped=%llu timed_out=%llu ",
           number(s->accepted), number(s->refused), number(s->left), number(s->lost),
           number(s->dropped), number(s->timed_out));
    printf("lines=%llu too_long=%llu received=%llu sent=%llu ", number(s->lines),
           number(s->too_long), number(s->received), number(s->sent));
    printf("peak_clients=%llu peak_pending=%zu accept_pauses=%llu ", number(s->peak_clients),
           s->peak_pending, number(s->accept_pauses));
    printf("closed=%llu iterations=%llu interest_changes=%llu timers_fired=%llu\n",
           number(s->closed), number(loop.iterations), number(loop.interest_changes),
           number(loop.timers_fired));
    fflush(stdout);
}

static void on_tick(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop;
    (void)handle;
    const struct chat* chat = user;
    printf("status clients=%llu ", number(chat->present));
    print_counts(chat);
}

/* Ending --------------------------------------------------------------------------------------- */

/* Nothing new from here on: the clients and their timers are all that keeps the loop running, a
 * second at most. A second signal does what it does without us. */
static void on_stop_signal(plx_loop* loop, plx_handle handle, int signo, void* user) {
    (void)handle;
    (void)signo;
    struct chat* chat = user;
    const plx_handle ending[] = {chat->signals[0], chat->signals[1], chat->ticks,
                                 chat->accept_pause, chat->listener_io};
    for (size_t i = 0; i < sizeof ending / sizeof *ending; ++i)
        plx_close(loop, ending[i]);
    close(chat->listener);
    for (struct client* client = chat->clients; client != NULL; client = client->next) {
        if (!client->is_present) continue;
        say(client, "* the server ends: goodbye");
        dismiss(client);
    }
    settle(chat);
}

/* Running -------------------------------------------------------------------------------------- */

static void listen_for_clients(struct chat* chat, uint16_t port) {
    chat->listener = listen_on_loopback(port);
    if (chat->listener < 0) {
        die("cannot listen on 127.0.0.1:%u: %s", (unsigned)port, plx_strerror(chat->listener));
    }
    check(plx_io_start(chat->loop, &chat->listener_io, chat->listener, PLX_READABLE, on_listener,
                       chat),
          "watch the listener");
    check(plx_timer_start(chat->loop, &chat->accept_pause, 0, 0, on_accept_pause_over, chat),
          "start a timer");
    plx_timer_set(chat->loop, chat->accept_pause, -1, 0);
}

static void start_ticks(struct chat* chat, int64_t period_ns) {
    if (period_ns == 0) return;
    check(plx_timer_start(chat->loop, &chat->ticks, period_ns, period_ns, on_tick, chat),
          "start a timer");
}

static void stop_on(struct chat* chat, plx_handle* handle, int signo) {
    check(plx_signal_start(chat->loop, handle, signo, on_stop_signal, chat), "watch a signal");
}

static void open_chat(struct chat* chat, const char* backend) {
    chat->text_size = (chat->most_line > kNoticeSize ? chat->most_line : kNoticeSize) + kLastWords;
    chat->text = malloc(chat->text_size);
    chat->received = malloc(kReceiveSize);
    if (chat->text == NULL || chat->received == NULL) die("no memory");
    chat->loop = open_loop(backend);
}

static void close_chat(struct chat* chat) {
    plx_loop_destroy(chat->loop);
    free(chat->text);
    free(chat->received);
}

static void run(struct chat* chat) {
    printf("listening 127.0.0.1:%u backend=%s pid=%ld\n", (unsigned)local_port(chat->listener),
           plx_backend_name(plx_loop_backend(chat->loop)), (long)getpid());
    fflush(stdout);
    check(plx_loop_run(chat->loop, PLX_RUN_DEFAULT), "run the loop");
    printf("statistics ");
    print_counts(chat);
}

struct settings {
    const char* backend;
    int64_t port, clients, line, buffer, idle, status;
};

static void read_settings(struct settings* s, int argc, char** argv) {
    const struct option options[] = {
        {"--backend", "NAME", "auto (the best that works here), epoll, kqueue or poll", NULL, 0, 0,
         &s->backend, NULL},
        {"--port", "N", "on 127.0.0.1; 0, the default, takes one that is free", &s->port, 0, 65535,
         NULL, NULL},
        {"--max-clients", "N", "more than so many are turned away (1000)", &s->clients, 1, 100000,
         NULL, NULL},
        {"--max-line", "BYTES", "a longer line is left out (1000)", &s->line, 16, 65536, NULL,
         NULL},
        {"--buffer", "BYTES", "the most that is kept for a client that does not read (65536)",
         &s->buffer, 4096, INT64_C(1) << 30, NULL, NULL},
        {"--idle", "SECONDS", "who says nothing for so long has to go; 0, the default: never",
         &s->idle, 0, 86400, NULL, NULL},
        {"--status", "SECONDS", "from one status line to the next; 0: none (10)", &s->status, 0,
         86400, NULL, NULL},
    };
    read_options("chat_server", "A chat of lines over TCP, until SIGINT or SIGTERM.", options,
                 sizeof options / sizeof *options, argc, argv);
    if (s->buffer < s->line + kLastWords) {
        die_of_usage("--buffer %lld does not hold a line of --max-line %lld and the name before it",
                     (long long)s->buffer, (long long)s->line);
    }
}

int main(int argc, char** argv) {
    struct settings settings = {
        .backend = "auto", .clients = 1000, .line = 1000, .buffer = 65536, .status = 10};
    read_settings(&settings, argc, argv);
    ignore_broken_pipes();
    raise_descriptor_limit();
    struct chat chat = {.bound = (size_t)settings.buffer,
                        .most_line = (size_t)settings.line,
                        .most_clients = (uint64_t)settings.clients,
                        .idle_ns = settings.idle * NANOSECONDS_PER_SECOND};
    open_chat(&chat, settings.backend);
    listen_for_clients(&chat, (uint16_t)settings.port);
    start_ticks(&chat, settings.status * NANOSECONDS_PER_SECOND);
    stop_on(&chat, &chat.signals[0], SIGINT);
    stop_on(&chat, &chat.signals[1], SIGTERM);
    run(&chat);
    close_chat(&chat);
    return fflush(stdout) == 0 ? 0 : 1;
}
