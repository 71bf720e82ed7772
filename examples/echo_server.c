/* SPDX-License-Identifier: MIT */
/* A TCP server that sends back all that it receives.
 *
 * What it shows: interest that follows what there is to do, a bounded buffer for a peer that reads
 * slowly, half-close, resets, running out of descriptors without spinning, and a clean end on a
 * signal. A connection has a buffer only while there is something that could not be sent at once.
 */
#include "connections.h"
#include "net.h"
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    kEventsPerWait = 256,
    kAcceptsPerEvent = 64, /* then the connections have their turn */
};

/* How long the listener rests when there are no descriptors left and no connection closes. */
#define ACCEPT_PAUSE_NS (NANOSECONDS_PER_SECOND / 10)

struct statistics {
    uint64_t accepted, closed, resets, refused, received, sent;
    uint64_t waits, modifies, accept_pauses;
    uint64_t open, peak_open;
    size_t peak_pending;          /* bytes, of one connection */
    size_t buffers, peak_buffers; /* how many there were at once */
};

struct server {
    plx_poller* poller;
    int listener;
    bool is_accept_paused;
    int64_t resume_accept_at;
    size_t bound; /* of each connection's buffer */
    char* scratch;
    struct connections connections;
    struct statistics statistics;
};

/* Accepting ------------------------------------------------------------------------------------ */

/* The listener stays readable while connections queue up, so it must not be watched while they
 * cannot be taken. */
static void pause_accept(struct server* server) {
    if (!server->is_accept_paused) {
        const int rc = plx_poller_modify(server->poller, server->listener, LISTENER_TOKEN, 0);
        if (rc < 0) die("cannot pause the listener: %s", plx_strerror(rc));
        ++server->statistics.modifies;
        ++server->statistics.accept_pauses;
    }
    server->is_accept_paused = true;
    server->resume_accept_at = monotonic_ns() + ACCEPT_PAUSE_NS;
}

/* When this fails there is no memory, and the pause goes on. */
static void resume_accept(struct server* server) {
    const int rc =
        plx_poller_modify(server->poller, server->listener, LISTENER_TOKEN, PLX_READABLE);
    ++server->statistics.modifies;
    server->is_accept_paused = rc < 0;
    server->resume_accept_at = monotonic_ns() + ACCEPT_PAUSE_NS;
}

static int admit(struct server* server, int fd) {
    struct connection* connection = take_slot(&server->connections);
    if (connection == NULL) return -ENOMEM;
    connection->fd = fd;
    connection->interest = PLX_READABLE;
    const int rc = plx_poller_add(server->poller, fd, token_of(&server->connections, connection),
                                  connection->interest);
    if (rc < 0) {
        give_slot_back(&server->connections, connection);
        return rc;
    }
    struct statistics* statistics = &server->statistics;
    ++statistics->accepted;
    if (++statistics->open > statistics->peak_open) statistics->peak_open = statistics->open;
    return 0;
}

static void accept_some(struct server* server) {
    for (int i = 0; i < kAcceptsPerEvent; ++i) {
        const int fd = accept_connection(server->listener);
        if (fd == -ECONNABORTED) continue; /* gone before it was its turn */
        if (fd < 0 && means_not_now(-fd)) return;
        if (fd < 0) {
            /* EMFILE, ENFILE, ENOBUFS, ENOMEM: wait until something is free. Anything else is not
             * known to pass, and must not make the server spin either. */
            pause_accept(server);
            return;
        }
        if (admit(server, fd) < 0) {
            ++server->statistics.refused;
            close(fd);
            pause_accept(server);
            return;
        }
    }
}

/* Echoing -------------------------------------------------------------------------------------- */

static void free_buffer(struct server* server, struct connection* connection) {
    if (connection->buffer == NULL) return;
    free(connection->buffer);
    connection->buffer = NULL;
    connection->begin = connection->end = 0;
    --server->statistics.buffers;
}

/* Removing before closing: the poller cannot see a close. */
static void close_connection(struct server* server, struct connection* connection) {
    plx_poller_remove(server->poller, connection->fd);
    close(connection->fd);
    free_buffer(server, connection);
    give_slot_back(&server->connections, connection);
    ++server->statistics.closed;
    --server->statistics.open;
    if (server->is_accept_paused) resume_accept(server);
}

/* Any other error than a peer that is gone ends the connection too; there is nothing to repair. */
static bool fail(struct server* server, int error) {
    if (means_peer_is_gone(error)) ++server->statistics.resets;
    return false;
}

/* Like send(), but 0 for "not now" and -1 for a connection that is lost. */
static ssize_t send_some(struct server* server, int fd, const char* data, size_t size) {
    const ssize_t sent = send(fd, data, size, 0);
    if (sent >= 0) {
        server->statistics.sent += (uint64_t)sent;
        return sent;
    }
    if (means_not_now(errno)) return 0;
    fail(server, errno);
    return -1;
}

static bool keep_pending(struct server* server, struct connection* connection, const char* data,
                         size_t size) {
    struct statistics* statistics = &server->statistics;
    connection->buffer = malloc(server->bound);
    if (connection->buffer == NULL) return false;
    memcpy(connection->buffer, data, size);
    connection->end = size;
    if (size > statistics->peak_pending) statistics->peak_pending = size;
    if (++statistics->buffers > statistics->peak_buffers) {
        statistics->peak_buffers = statistics->buffers;
    }
    return true;
}

static bool send_pending(struct server* server, struct connection* connection) {
    const size_t pending = connection->end - connection->begin;
    const char* data = connection->buffer + connection->begin;
    const ssize_t sent = send_some(server, connection->fd, data, pending);
    if (sent < 0) return false;
    connection->begin += (size_t)sent;
    if (connection->begin == connection->end) free_buffer(server, connection);
    return true;
}

/* The common case: nothing is pending, and what arrives goes out again without being kept. */
static bool echo_at_once(struct server* server, struct connection* connection, size_t size) {
    const ssize_t sent = send_some(server, connection->fd, server->scratch, size);
    if (sent < 0) return false;
    const size_t rest = size - (size_t)sent;
    return rest == 0 || keep_pending(server, connection, server->scratch + sent, rest);
}

/* Behind what is pending already. */
static void append_pending(struct server* server, struct connection* connection, size_t size) {
    connection->end += size;
    const size_t pending = connection->end - connection->begin;
    if (pending > server->statistics.peak_pending) server->statistics.peak_pending = pending;
}

static void make_room(const struct server* server, struct connection* connection) {
    if (connection->end < server->bound) return;
    connection->end -= connection->begin;
    memmove(connection->buffer, connection->buffer + connection->begin, connection->end);
    connection->begin = 0;
}

/* One read for each event: what is left is reported again, after the others had their turn. */
static bool receive_some(struct server* server, struct connection* connection) {
    const bool is_direct = connection->buffer == NULL;
    if (!is_direct) make_room(server, connection);
    char* into = is_direct ? server->scratch : connection->buffer + connection->end;
    const ssize_t got = recv(connection->fd, into, server->bound - connection->end, 0);
    if (got < 0) return means_not_now(errno) || fail(server, errno);
    if (got == 0) {
        connection->is_read_closed = true; /* what is pending is still sent */
        return true;
    }
    server->statistics.received += (uint64_t)got;
    if (is_direct) return echo_at_once(server, connection, (size_t)got);
    append_pending(server, connection, (size_t)got);
    return true;
}

static bool is_full(const struct server* server, const struct connection* connection) {
    return connection->end - connection->begin == server->bound;
}

/* Reading while there is room, writing while something is pending. Never neither: with nothing
 * pending there is room, and a connection that is read to its end and drained is closed. */
static bool update_interest(struct server* server, struct connection* connection) {
    uint32_t interest = 0;
    if (!connection->is_read_closed && !is_full(server, connection)) interest |= PLX_READABLE;
    if (connection->buffer != NULL) interest |= PLX_WRITABLE;
    if (interest == connection->interest) return true;
    const uint64_t token = token_of(&server->connections, connection);
    ++server->statistics.modifies;
    connection->interest = interest;
    return plx_poller_modify(server->poller, connection->fd, token, interest) == 0;
}

/* PLX_HANGUP, PLX_ERROR and PLX_READ_CLOSED are hints: the read or the write says what happened. */
static bool serve(struct server* server, struct connection* connection, uint32_t events) {
    const uint32_t hints = PLX_HANGUP | PLX_ERROR | PLX_READ_CLOSED;
    const uint32_t asked = connection->interest;
    if ((asked & PLX_WRITABLE) != 0 && (events & (PLX_WRITABLE | hints)) != 0) {
        if (!send_pending(server, connection)) return false;
    }
    if ((asked & PLX_READABLE) != 0 && (events & (PLX_READABLE | hints)) != 0) {
        if (!receive_some(server, connection)) return false;
    }
    if (connection->is_read_closed && connection->buffer == NULL) return false;
    return update_interest(server, connection);
}

/* Running -------------------------------------------------------------------------------------- */

static void dispatch(struct server* server, const plx_event* event) {
    if (event->events == PLX_WOKEN) return; /* a signal: the loop looks */
    if (event->token == LISTENER_TOKEN) {
        accept_some(server);
        return;
    }
    struct connection* connection = connection_of(&server->connections, event->token);
    if (connection == NULL) return;
    if (!serve(server, connection, event->events)) close_connection(server, connection);
}

static int64_t time_to_wait(const struct server* server) {
    if (!server->is_accept_paused) return -1;
    const int64_t left = server->resume_accept_at - monotonic_ns();
    return left > 0 ? left : 0;
}

static void run(struct server* server) {
    plx_event events[kEventsPerWait];
    while (!stop_requested()) {
        const int count =
            plx_poller_wait(server->poller, events, kEventsPerWait, time_to_wait(server));
        ++server->statistics.waits;
        if (count < 0 && count != -EINTR) die("cannot wait: %s", plx_strerror(count));
        for (int i = 0; i < count; ++i)
            dispatch(server, &events[i]);
        if (server->is_accept_paused && time_to_wait(server) == 0) resume_accept(server);
    }
}

static void print_statistics(const struct server* server) {
    const struct statistics* s = &server->statistics;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("statistics accepted=%llu closed=%llu resets=%llu refused=%llu peak_open=%llu ",
           (unsigned long long)s->accepted, (unsigned long long)s->closed,
           (unsigned long long)s->resets, (unsigned long long)s->refused,
           (unsigned long long)s->peak_open);
    printf("received=%llu sent=%llu peak_pending=%zu peak_buffers=%zu ",
           (unsigned long long)s->received, (unsigned long long)s->sent, s->peak_pending,
           s->peak_buffers);
    printf("waits=%llu modifies=%llu accept_pauses=%llu ", (unsigned long long)s->waits,
           (unsigned long long)s->modifies, (unsigned long long)s->accept_pauses);
    printf("user_seconds=%lld.%06ld system_seconds=%lld.%06ld\n", (long long)usage.ru_utime.tv_sec,
           (long)usage.ru_utime.tv_usec, (long long)usage.ru_stime.tv_sec,
           (long)usage.ru_stime.tv_usec);
}

static void open_server(struct server* server, const char* backend, uint16_t port) {
    server->scratch = malloc(server->bound);
    if (server->scratch == NULL) die("no memory for a buffer of %zu bytes", server->bound);
    server->poller = open_poller(backend);
    server->listener = listen_on_loopback(port);
    if (server->listener < 0) {
        die("cannot listen on 127.0.0.1:%u: %s", (unsigned)port, plx_strerror(server->listener));
    }
    const int rc = plx_poller_add(server->poller, server->listener, LISTENER_TOKEN, PLX_READABLE);
    if (rc < 0) die("cannot watch the listener: %s", plx_strerror(rc));
    stop_on_signals(server->poller);
    printf("listening 127.0.0.1:%u backend=%s pid=%ld\n", (unsigned)local_port(server->listener),
           plx_backend_name(plx_poller_backend(server->poller)), (long)getpid());
    fflush(stdout);
}

static void close_server(struct server* server) {
    for (uint32_t slot = 0; slot < server->connections.count; ++slot) {
        struct connection* connection = &server->connections.slots[slot];
        if (connection->fd >= 0) close_connection(server, connection);
    }
    forget_stop_signals();
    plx_poller_remove(server->poller, server->listener);
    close(server->listener);
    plx_poller_destroy(server->poller);
    free(server->connections.slots);
    free(server->scratch);
}

static void list_backends(void) {
    uint32_t ids[8];
    const size_t count = plx_backend_list(ids, 8);
    for (size_t i = 0; i < count && i < 8; ++i)
        puts(plx_backend_name(ids[i]));
}

int main(int argc, char** argv) {
    const char* backend = "auto";
    int64_t port = 0, bound = 65536;
    bool is_listing = false;
    const struct option options[] = {
        {"--backend", "NAME", "auto (the best that works here), epoll, kqueue or poll", NULL, 0, 0,
         &backend, NULL},
        {"--port", "N", "on 127.0.0.1; 0, the default, takes one that is free", &port, 0, 65535,
         NULL, NULL},
        {"--buffer", "BYTES", "the most that is kept for a peer that reads slowly (65536)", &bound,
         1, INT64_C(1) << 30, NULL, NULL},
        {"--list-backends", NULL, "print what works here, best first", NULL, 0, 0, NULL,
         &is_listing},
    };
    read_options("echo_server", "Sends back all that it receives, until SIGINT or SIGTERM.",
                 options, sizeof options / sizeof *options, argc, argv);
    if (is_listing) {
        list_backends();
        return 0;
    }
    ignore_broken_pipes();
    raise_descriptor_limit();
    struct server server = {.bound = (size_t)bound, .connections = CONNECTIONS_INIT};
    open_server(&server, backend, (uint16_t)port);
    run(&server);
    close_server(&server);
    print_statistics(&server);
    return fflush(stdout) == 0 ? 0 : 1;
}
