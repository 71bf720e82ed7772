/* SPDX-License-Identifier: MIT */
/* Drives an echo server: many connections at once, messages of mixed sizes, every byte verified.
 *
 * All connections are opened first. Then each sends a message, waits until the whole of it came
 * back, and sends the next, until the time or the number of messages is used up. At the end each
 * closes its sending direction and expects the end of the stream, and nothing before it.
 */
#include "histogram.h"
#include "net.h"
#include "program.h"
#include "traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    kEventsPerWait = 256,
    kChunksPerTurn = 4,       /* then the other connections have their turn */
    kConnectsUnderWay = 64,   /* the shortest queue of a listener that is common holds 128 */
    kDescriptorsBesides = 16, /* standard streams, the poller's own, inherited ones */
    kExitInterrupted = 130,
};

enum phase { kConnecting, kReady, kEchoing, kFinishing, kDone };

struct connection {
    int fd;
    enum phase phase;
    uint32_t interest; /* what the poller was told last */
    uint64_t sent;     /* these three are places in the connection's stream */
    uint64_t received;
    uint64_t message_end;
    int64_t message_began_at;
};

struct load {
    plx_poller* poller;
    uint16_t port;
    uint32_t count; /* of connections */
    struct connection* connections;
    struct traffic traffic;
    uint32_t opened, connected, finished; /* how many connections are as far as that */
    uint64_t message_limit, messages_begun, messages, bytes;
    int64_t seconds, stall_seconds;
    int64_t began_at, ended_at; /* the messages, not the connecting before and closing after */
    int64_t last_byte_at, report_at;
    bool is_terminal;
    struct histogram round_trips;
    char chunk[kChunk];
};

/* Progress ------------------------------------------------------------------------------------- */

static void erase_progress(const struct load* load) {
    if (load->is_terminal) fputs("\r\033[K", stderr);
}

static void print_progress(const struct load* load, int64_t now) {
    erase_progress(load);
    if (load->began_at == 0) {
        fprintf(stderr, "  %u of %u connections open", load->connected, load->count);
    } else {
        fprintf(stderr, "  %.1f s: %u connections, %llu messages, %.0f MiB verified",
                (double)(now - load->began_at) / NANOSECONDS_PER_SECOND, load->count,
                (unsigned long long)load->messages, (double)load->bytes / 1048576);
    }
    if (!load->is_terminal) fputc('\n', stderr);
    fflush(stderr);
}

static int64_t report_interval(const struct load* load) {
    return load->is_terminal ? NANOSECONDS_PER_SECOND / 4 : NANOSECONDS_PER_SECOND;
}

static void watch_the_clock(struct load* load) {
    const int64_t now = monotonic_ns();
    if (now >= load->report_at) {
        print_progress(load, now);
        load->report_at = now + report_interval(load);
    }
    if (now - load->last_byte_at < load->stall_seconds * NANOSECONDS_PER_SECOND) return;
    erase_progress(load);
    die("stalled: nothing came for %lld s; %u of %u connections open, %llu messages done, %u "
        "connections finished",
        (long long)load->stall_seconds, load->connected, load->count,
        (unsigned long long)load->messages, load->finished);
}

/* Messages ------------------------------------------------------------------------------------- */

static uint32_t number_of(const struct load* load, const struct connection* connection) {
    return (uint32_t)(connection - load->connections);
}

_Noreturn static void lose(const struct load* load, const struct connection* connection,
                           const char* how) {
    erase_progress(load);
    die("connection %u: %s after %llu of %llu bytes came back", number_of(load, connection), how,
        (unsigned long long)connection->received, (unsigned long long)connection->sent);
}

static void set_interest(struct load* load, struct connection* connection, uint32_t interest) {
    if (interest == connection->interest) return;
    const int rc =
        plx_poller_modify(load->poller, connection->fd, number_of(load, connection), interest);
    if (rc < 0)
        die("cannot watch connection %u: %s", number_of(load, connection), plx_strerror(rc));
    connection->interest = interest;
}

/* Writable matters only while there is more to send. */
static void send_some(struct load* load, struct connection* connection) {
    for (int i = 0; i < kChunksPerTurn && connection->sent < connection->message_end; ++i) {
        const uint64_t left = connection->message_end - connection->sent;
        const char* data =
            pattern_at(&load->traffic, number_of(load, connection), connection->sent);
        const size_t size = left < kChunk ? (size_t)left : kChunk;
        const ssize_t sent = send(connection->fd, data, size, 0);
        if (sent < 0 && !means_not_now(errno)) lose(load, connection, plx_strerror(-errno));
        if (sent > 0) connection->sent += (uint64_t)sent;
        if (sent < (ssize_t)size) break;
    }
    const bool has_more = connection->sent < connection->message_end;
    set_interest(load, connection, PLX_READABLE | (has_more ? PLX_WRITABLE : 0));
}

static bool may_begin_message(const struct load* load, const struct connection* connection,
                              int64_t now) {
    /* The smallest and the largest message, and one of each connection, are part of every run. */
    if (connection->received == 0 || load->messages_begun < 2) return true;
    return load->messages_begun < load->message_limit &&
           now - load->began_at < load->seconds * NANOSECONDS_PER_SECOND;
}

static void begin_message(struct load* load, struct connection* connection, int64_t now) {
    if (!may_begin_message(load, connection, now)) {
        connection->phase = kFinishing;
        shutdown(connection->fd, SHUT_WR);
        set_interest(load, connection, PLX_READABLE);
        return;
    }
    connection->phase = kEchoing;
    connection->message_end += message_size(&load->traffic, load->messages_begun++);
    connection->message_began_at = now;
    send_some(load, connection);
}

static void end_message(struct load* load, struct connection* connection) {
    const int64_t now = monotonic_ns();
    histogram_add(&load->round_trips, now - connection->message_began_at);
    ++load->messages;
    load->ended_at = now;
    begin_message(load, connection, now);
}

static void finish(struct load* load, struct connection* connection) {
    plx_poller_remove(load->poller, connection->fd);
    close(connection->fd);
    connection->fd = -1;
    connection->phase = kDone;
    ++load->finished;
}

static void verify(const struct load* load, const struct connection* connection, size_t size) {
    const uint64_t offset = connection->received;
    if (offset + size > connection->sent) lose(load, connection, "more than was sent came");
    const char* expected = pattern_at(&load->traffic, number_of(load, connection), offset);
    if (memcmp(load->chunk, expected, size) == 0) return;
    size_t i = 0;
    while (load->chunk[i] == expected[i])
        ++i;
    erase_progress(load);
    die("connection %u: byte %llu came back as 0x%02x instead of 0x%02x",
        number_of(load, connection), (unsigned long long)(offset + i),
        (unsigned)(unsigned char)load->chunk[i], (unsigned)(unsigned char)expected[i]);
}

static void receive_some(struct load* load, struct connection* connection) {
    const ssize_t got = recv(connection->fd, load->chunk, kChunk, 0);
    if (got < 0 && means_not_now(errno)) return;
    if (got < 0) lose(load, connection, plx_strerror(-errno));
    if (got == 0 && connection->phase != kFinishing) {
        lose(load, connection, "the server closed it");
    }
    load->last_byte_at = monotonic_ns();
    if (got == 0) {
        finish(load, connection);
        return;
    }
    verify(load, connection, (size_t)got);
    connection->received += (uint64_t)got;
    load->bytes += (uint64_t)got;
    if (connection->received == connection->message_end) end_message(load, connection);
}

/* Connecting ----------------------------------------------------------------------------------- */

_Noreturn static void die_of_connect(const struct load* load, int rc) {
    erase_progress(load);
    die("cannot open connection %u to 127.0.0.1:%u: %s", load->connected, (unsigned)load->port,
        plx_strerror(rc));
}

/* Not all at once: a listener's queue that overflows costs a second of retransmission. */
static void open_connections(struct load* load) {
    while (load->opened < load->count && load->opened - load->connected < kConnectsUnderWay) {
        const int fd = begin_connect_to_loopback(load->port);
        if (fd < 0) die_of_connect(load, fd);
        load->connections[load->opened] =
            (struct connection){.fd = fd, .phase = kConnecting, .interest = PLX_WRITABLE};
        const int rc = plx_poller_add(load->poller, fd, load->opened, PLX_WRITABLE);
        if (rc < 0) die("cannot watch connection %u: %s", load->opened, plx_strerror(rc));
        ++load->opened;
    }
}

static void begin_messages(struct load* load) {
    load->began_at = load->ended_at = monotonic_ns();
    for (uint32_t i = 0; i < load->count; ++i) {
        begin_message(load, &load->connections[i], monotonic_ns());
    }
}

/* Silent until all the others are open too. */
static void end_connect(struct load* load, struct connection* connection) {
    const int rc = connect_result(connection->fd);
    if (rc < 0) die_of_connect(load, rc);
    connection->phase = kReady;
    set_interest(load, connection, 0);
    load->last_byte_at = monotonic_ns();
    ++load->connected;
    open_connections(load);
    if (load->connected == load->count) begin_messages(load);
}

/* Running -------------------------------------------------------------------------------------- */

static void dispatch(struct load* load, const plx_event* event) {
    if (event->events == PLX_WOKEN) return; /* a signal: the loop looks */
    struct connection* connection = &load->connections[event->token];
    switch (connection->phase) {
        case kConnecting:
            end_connect(load, connection);
            return;
        case kEchoing:
        case kFinishing:
            if ((event->events & PLX_WRITABLE) != 0) send_some(load, connection);
            if ((event->events & ~PLX_WRITABLE) != 0) receive_some(load, connection);
            return;
        case kReady:
        case kDone:
            return;
    }
}

static void run(struct load* load) {
    plx_event events[kEventsPerWait];
    load->last_byte_at = monotonic_ns();
    load->report_at = load->last_byte_at + report_interval(load);
    open_connections(load);
    while (load->finished < load->count && !stop_requested()) {
        const int64_t tick = report_interval(load);
        const int count = plx_poller_wait(load->poller, events, kEventsPerWait, tick);
        if (count < 0 && count != -EINTR) die("cannot wait: %s", plx_strerror(count));
        for (int i = 0; i < count; ++i)
            dispatch(load, &events[i]);
        watch_the_clock(load);
    }
    erase_progress(load);
}

static void print_result(const struct load* load, bool is_complete) {
    const double seconds = (double)(load->ended_at - load->began_at) / NANOSECONDS_PER_SECOND;
    const double rate = seconds > 0 ? 1 / seconds : 0;
    printf("driver=%s connections=%u messages=%llu bytes=%llu seconds=%.3f ",
           plx_backend_name(plx_poller_backend(load->poller)), load->connected,
           (unsigned long long)load->messages, (unsigned long long)load->bytes, seconds);
    printf("messages_per_second=%.0f mib_per_second=%.1f p50_us=%.0f p99_us=%.0f complete=%s\n",
           rate * (double)load->messages, rate * (double)load->bytes / 1048576,
           (double)histogram_percentile(&load->round_trips, 0.5) / 1000,
           (double)histogram_percentile(&load->round_trips, 0.99) / 1000,
           is_complete ? "yes" : "no");
    fflush(stdout);
}

/* Command line --------------------------------------------------------------------------------- */

struct settings {
    const char* backend;
    const char* sizes;
    int64_t port, connections, messages, seconds, stall_seconds, seed;
    bool is_terminal_forced;
};

static void read_settings(struct settings* s, int argc, char** argv) {
    const struct option options[] = {
        {"--port", "N", "where the server listens on 127.0.0.1", &s->port, 0, 65535, NULL, NULL},
        {"--connections", "N", "open at the same time (1000)", &s->connections, 1, 19000, NULL,
         NULL},
        {"--seconds", "N", "no message begins later (4)", &s->seconds, 0, 86400, NULL, NULL},
        {"--messages", "N", "no more than that, but one a connection, and two", &s->messages, 1,
         INT64_MAX, NULL, NULL},
        {"--sizes", "MIN-MAX", "of messages, in bytes (1-1048576)", NULL, 0, 0, &s->sizes, NULL},
        {"--seed", "N", "other sizes and contents (1)", &s->seed, 0, INT64_MAX, NULL, NULL},
        {"--backend", "NAME", "of this program's own poller (auto)", NULL, 0, 0, &s->backend, NULL},
        {"--stall", "SECONDS", "give up when nothing came for so long (30)", &s->stall_seconds, 1,
         86400, NULL, NULL},
        {"--progress", NULL, "redraw one line, as on a terminal", NULL, 0, 0, NULL,
         &s->is_terminal_forced},
    };
    read_options("echo_load", "Drives an echo server and verifies every byte that comes back.",
                 options, sizeof options / sizeof *options, argc, argv);
    if (s->port == 0) die_of_usage("--port is needed: where the server listens");
}

static void read_sizes(struct traffic* traffic, const char* sizes) {
    const unsigned long long most = 1ULL << 30;
    unsigned long long smallest, largest;
    char rest;
    const int count = sscanf(sizes, "%llu-%llu%c", &smallest, &largest, &rest);
    if (count != 2 || smallest < 1 || smallest > largest || largest > most) {
        die_of_usage("--sizes needs two numbers from 1 to %llu, such as 1-1048576, not '%s'", most,
                     sizes);
    }
    traffic->smallest = smallest;
    traffic->largest = largest;
}

static void need_descriptors(int64_t connections) {
    const int64_t limit = raise_descriptor_limit();
    const int64_t needed = connections + kDescriptorsBesides;
    if (limit < needed) {
        die("%lld connections need %lld descriptors, and the limit is %lld; ulimit -n raises it",
            (long long)connections, (long long)needed, (long long)limit);
    }
}

static void open_load(struct load* load, const struct settings* settings) {
    load->port = (uint16_t)settings->port;
    load->count = (uint32_t)settings->connections;
    load->seconds = settings->seconds;
    load->stall_seconds = settings->stall_seconds;
    load->message_limit = (uint64_t)settings->messages;
    load->is_terminal = settings->is_terminal_forced || isatty(STDERR_FILENO);
    load->traffic.seed = (uint64_t)settings->seed;
    read_sizes(&load->traffic, settings->sizes);
    need_descriptors(settings->connections);
    load->connections = calloc(load->count, sizeof *load->connections);
    if (load->connections == NULL || traffic_open(&load->traffic) < 0) die("no memory");
    load->poller = open_poller(settings->backend);
    stop_on_signals(load->poller);
}

static void close_load(struct load* load) {
    for (uint32_t i = 0; i < load->opened; ++i) {
        if (load->connections[i].phase != kDone) finish(load, &load->connections[i]);
    }
    forget_stop_signals();
    plx_poller_destroy(load->poller);
    traffic_close(&load->traffic);
    free(load->connections);
    free(load);
}

int main(int argc, char** argv) {
    struct settings settings = {.backend = "auto",
                                .sizes = "1-1048576",
                                .connections = 1000,
                                .messages = INT64_MAX,
                                .seconds = 4,
                                .stall_seconds = 30,
                                .seed = 1};
    read_settings(&settings, argc, argv);
    ignore_broken_pipes();
    struct load* load = calloc(1, sizeof *load);
    if (load == NULL) die("no memory");
    open_load(load, &settings);
    run(load);
    const bool is_complete = load->finished == load->count;
    print_result(load, is_complete);
    if (!is_complete) fprintf(stderr, "echo_load: interrupted; the result is partial\n");
    close_load(load);
    return is_complete ? 0 : kExitInterrupted;
}
