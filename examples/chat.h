/* SPDX-License-Identifier: MIT */
/* The chat: who is in it, what its parts ask of each other. */
#ifndef EXAMPLES_CHAT_H
#define EXAMPLES_CHAT_H

#include "line_reader.h"
#include "outbox.h"

#include <pollux/pollux.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    kMostName = 20,
    kLastWords = 128,     /* above its bound, an outbox has room for the reason of the end */
    kNoticeSize = 2048,   /* the longest line that the server says by itself */
    kReceiveSize = 16384, /* one read; what is left is reported again, after the others' turn */
};

struct chat;

struct client {
    struct chat* chat;
    struct client* previous;
    struct client* next;
    struct client* next_unsettled;
    int fd;
    plx_handle io;
    plx_handle timer;  /* present: it is idle; leaving: its time is up */
    uint32_t interest; /* what the loop was told last */

    bool is_present; /* in the chat; if not, it is leaving: only what is pending is still sent */
    bool is_unsettled;
    bool is_overfull; /* something did not fit, and nothing more is said to it */
    bool is_lost;
    bool is_read_closed, is_write_closed;

    char name[kMostName + 1];
    struct line_reader input;
    struct outbox output;
};

struct chat_statistics {
    uint64_t accepted, closed, refused;
    uint64_t left, lost, dropped, timed_out; /* how clients ended; the rest were dismissed */
    uint64_t lines, too_long, received, sent;
    uint64_t accept_pauses, peak_clients;
    size_t peak_pending; /* bytes, of one client */
};

struct chat {
    plx_loop* loop;
    int listener;
    plx_handle listener_io, accept_pause, ticks, signals[2];
    bool is_accept_paused;

    struct client* clients;   /* all connections */
    struct client* unsettled; /* with something to send, or to be closed */
    uint64_t present;         /* how many are in the chat */
    uint64_t guests;          /* names given out */

    size_t bound; /* of each outbox */
    size_t most_line;
    uint64_t most_clients;
    int64_t idle_ns; /* 0: for ever */

    char* text; /* where lines are put together */
    size_t text_size;
    char* received;
    struct chat_statistics statistics;
};

/* chat_client.c: a connection ------------------------------------------------------------------ */

/* Takes over the descriptor unless it fails; the client is not in the chat yet. */
int open_client(struct chat* chat, int fd, struct client** out);

/* Nothing more is read from it. What is pending is sent, for a second at most. */
void dismiss(struct client* client);

/* One line, in printf()'s terms. Never fails: a client whose outbox is full is on its way out. */
void say(struct client* client, const char* format, ...) __attribute__((format(printf, 2, 3)));
void say_to_others(const struct client* client, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sends what has been said and closes who has left. To be called at the end of each callback that
 * says something: a client gets all that one callback said with one call. */
void settle(struct chat* chat);

/* chat_room.c: names and commands -------------------------------------------------------------- */

void join(struct client* client);
void leave(struct client* client, const char* why);
void obey(struct client* client, char* line);

/* chat_server.c -------------------------------------------------------------------------------- */

/* A descriptor is free again. */
void resume_accept(struct chat* chat);

#endif
