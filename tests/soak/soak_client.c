/* SPDX-License-Identifier: MIT */
/* Many clients of an echo server at once, well-behaved ones and others, drawn by lot. Exits with 0
 * if all that had to come back did, and no byte was wrong. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum kind {
    kEcho,      /* gets back all that it sends, then closes */
    kHalfClose, /* closes its side first, then gets all back to the end */
    kSlow,      /* the same, a little at a time */
    kSilent,    /* sends nothing, and goes or resets */
    kShut,      /* sends nothing but the end */
    kReset,     /* resets in the middle of sending and reading */
    kDeserter,  /* closes without having read */
    kKinds
};

static const char* const names[kKinds] = {"echo", "half-close", "slow",    "silent",
                                          "shut", "reset",      "deserter"};

enum {
    kMostPeers = 1000,
    kChunk = 16384,
    kSlowChunk = 8192,
    kSlowPauseMs = 5,
    kMostBytes = 200000,
    kMostUnreadBytes = 6000000, /* more than the kernel keeps for who reads little */
    kSmallWindow = 65536,
    kMostLifeMs = 500,
    kOpenEveryMs = 2, /* more would use up the ports, which rest for a minute */
    kStallMs = 30000, /* only a server that hangs gets there */
};

struct peer {
    int fd;
    enum kind kind;
    uint32_t key; /* its stream differs from the others' */
    size_t goal, sent, received;
    bool is_connected, is_shut;
    int64_t ends_at, read_at, moved_at; /* milliseconds */
};

static struct {
    uint16_t port;
    uint64_t random;
    bool is_closing;
    int64_t open_at;
    struct peer peers[kMostPeers];
    uint64_t count[kKinds];
    uint64_t bytes;
} soak;

static char chunk[kChunk];

/* Small things --------------------------------------------------------------------------------- */

_Noreturn static void fail(const char* what) {
    fprintf(stderr, "soak_client: %s\n", what);
    exit(1);
}

_Noreturn static void fail_of(const struct peer* peer, const char* what) {
    fprintf(stderr, "soak_client: %s: %s (sent %zu of %zu, got back %zu)\n", names[peer->kind],
            what, peer->sent, peer->goal, peer->received);
    exit(1);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t below(uint64_t limit) {
    soak.random ^= soak.random << 13;
    soak.random ^= soak.random >> 7;
    soak.random ^= soak.random << 17;
    return soak.random % limit;
}

static char byte_at(uint32_t key, size_t offset) {
    return (char)((key + offset * 31 + (offset >> 8)) & 0x7f);
}

static bool has_to_end_well(const struct peer* peer) {
    return peer->kind == kEcho || peer->kind == kHalfClose || peer->kind == kSlow ||
           peer->kind == kShut;
}

static bool is_mute(const struct peer* peer) {
    return peer->kind == kSilent || peer->kind == kShut;
}

static bool closes_first(const struct peer* peer) {
    return peer->kind == kHalfClose || peer->kind == kSlow || peer->kind == kShut;
}

static bool reads_little(const struct peer* peer) {
    return peer->kind == kSlow || peer->kind == kReset || peer->kind == kDeserter;
}

/* Opening and closing -------------------------------------------------------------------------- */

static int start_connecting(int window) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(soak.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) fail("no descriptors for so many connections");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (window != 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    if (connect(fd, (struct sockaddr*)&address, sizeof address) == 0) return fd;
    if (errno == EINPROGRESS) return fd;
    /* No port is free, which passes. */
    const bool is_over = errno != EADDRNOTAVAIL && errno != EAGAIN;
    close(fd);
    if (is_over) fail("cannot connect");
    return -1;
}

static size_t some_size(const struct peer* peer) {
    if (is_mute(peer)) return 0;
    const uint64_t most = reads_little(peer) ? kMostUnreadBytes : kMostBytes;
    return 1 + (size_t)below(1 + below(most));
}

static void open_peer(struct peer* peer, int64_t now) {
    memset(peer, 0, sizeof *peer);
    peer->kind = (enum kind)below(kKinds);
    peer->fd = start_connecting(reads_little(peer) ? kSmallWindow : 0);
    peer->key = (uint32_t)below(1 << 30);
    peer->goal = some_size(peer);
    peer->ends_at = now + 1 + (int64_t)below(kMostLifeMs);
    peer->moved_at = now;
}

static void finish(struct peer* peer, bool resets) {
    const struct linger at_once = {1, 0};
    if (resets) setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(peer->fd);
    peer->fd = -1;
    ++soak.count[peer->kind];
}

/* Moving --------------------------------------------------------------------------------------- */

/* The connection is gone, which only some may see. */
static void lose(struct peer* peer) {
    if (has_to_end_well(peer)) fail_of(peer, strerror(errno));
    finish(peer, false);
}

/* Only then: a shutdown of one that is still connecting would disconnect it. */
static void finish_connecting(struct peer* peer) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    peer->is_connected = error == 0;
    errno = error;
    if (error != 0) lose(peer);
}

static void send_some(struct peer* peer, int64_t now) {
    size_t size = peer->goal - peer->sent;
    if (size > kChunk) size = kChunk;
    for (size_t i = 0; i < size; ++i)
        chunk[i] = byte_at(peer->key, peer->sent + i);
    const ssize_t sent = send(peer->fd, chunk, size, 0);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR) lose(peer);
        return;
    }
    peer->sent += (size_t)sent;
    peer->moved_at = now;
}

static void take_end(struct peer* peer) {
    if (!has_to_end_well(peer)) {
        finish(peer, false);
        return;
    }
    if (!peer->is_shut) fail_of(peer, "the server has closed the connection");
    if (peer->received != peer->goal) fail_of(peer, "not all came back");
    finish(peer, false);
}

static void receive_some(struct peer* peer, int64_t now) {
    const size_t size = peer->kind == kSlow ? kSlowChunk : kChunk;
    const ssize_t got = recv(peer->fd, chunk, size, 0);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR) lose(peer);
        return;
    }
    if (got == 0) {
        take_end(peer);
        return;
    }
    if (peer->received + (size_t)got > peer->sent) fail_of(peer, "more came back than was sent");
    for (size_t i = 0; i < (size_t)got; ++i) {
        if (chunk[i] != byte_at(peer->key, peer->received + i)) fail_of(peer, "a byte is wrong");
    }
    peer->received += (size_t)got;
    peer->moved_at = now;
    peer->read_at = now + kSlowPauseMs;
    soak.bytes += (uint64_t)got;
}

static short wanted(const struct peer* peer, int64_t now) {
    if (!peer->is_connected) return POLLOUT;
    const bool is_sending = peer->sent < peer->goal;
    const bool is_reading = peer->kind != kSilent && peer->kind != kDeserter &&
                            (peer->kind != kSlow || now >= peer->read_at);
    return (short)((is_sending ? POLLOUT : 0) | (is_reading ? POLLIN : 0));
}

/* What has to be done without an event. */
static void attend(struct peer* peer, int64_t now) {
    const bool is_sent = peer->sent == peer->goal;
    if (has_to_end_well(peer)) {
        if (now - peer->moved_at > kStallMs) fail_of(peer, "nothing moves any more");
        if (peer->kind == kEcho && peer->received == peer->goal) finish(peer, false);
    } else if (now >= peer->ends_at || soak.is_closing) {
        finish(peer, peer->kind == kReset || (peer->kind == kSilent && below(2) == 0));
    }
    if (peer->fd < 0 || !peer->is_connected || !is_sent || peer->is_shut) return;
    if (closes_first(peer)) peer->is_shut = shutdown(peer->fd, SHUT_WR) == 0;
}

static void serve(struct peer* peer, short events, int64_t now) {
    if (!peer->is_connected) {
        finish_connecting(peer);
        return;
    }
    if ((events & POLLOUT) != 0 && peer->sent < peer->goal) send_some(peer, now);
    if (peer->fd >= 0 && (events & (POLLIN | POLLHUP | POLLERR)) != 0) receive_some(peer, now);
}

/* Opens, attends and waits once; says how many there are. */
static int turn(int count) {
    static struct pollfd records[kMostPeers];
    const int64_t now = now_ms();
    int open = 0;
    for (int i = 0; i < count; ++i) {
        struct peer* peer = &soak.peers[i];
        if (peer->fd >= 0) attend(peer, now);
        if (peer->fd < 0 && !soak.is_closing && now >= soak.open_at) {
            soak.open_at = now + kOpenEveryMs;
            open_peer(peer, now);
        }
        open += peer->fd >= 0;
        const short events = peer->fd >= 0 ? wanted(peer, now) : 0;
        /* Without interest there would still be hang-ups, again and again. */
        records[i] = (struct pollfd){events == 0 ? -1 : peer->fd, events, 0};
    }
    if (poll(records, (nfds_t)count, kOpenEveryMs) <= 0) return open;
    for (int i = 0; i < count; ++i) {
        if (records[i].revents != 0) serve(&soak.peers[i], records[i].revents, now);
    }
    return open;
}

/* Commands ------------------------------------------------------------------------------------- */

static void load(int count, int64_t milliseconds) {
    const int64_t end = now_ms() + milliseconds;
    for (int i = 0; i < count; ++i)
        soak.peers[i].fd = -1;
    while (now_ms() < end)
        turn(count);
    soak.is_closing = true;
    while (turn(count) > 0) {
    }
    uint64_t connections = 0;
    for (int kind = 0; kind < kKinds; ++kind)
        connections += soak.count[kind];
    printf("%llu connections, %llu bytes came back right (", (unsigned long long)connections,
           (unsigned long long)soak.bytes);
    for (int kind = 0; kind < kKinds; ++kind) {
        printf("%s%llu %s", kind == 0 ? "" : ", ", (unsigned long long)soak.count[kind],
               names[kind]);
    }
    printf(")\n");
}

/* Connections on which nothing is sent, for so long. */
static void hold(int count, int64_t milliseconds) {
    int held = 0;
    while (held < count)
        held += start_connecting(0) >= 0;
    poll(NULL, 0, (int)milliseconds);
}

int main(int argc, char** argv) {
    if (argc != 6) fail("usage: soak_client load|hold port connections milliseconds seed");
    const int count = atoi(argv[3]);
    const int64_t milliseconds = atoll(argv[4]);
    soak.port = (uint16_t)atoi(argv[2]);
    soak.random = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(atoll(argv[5]) + 1);
    if (count < 1 || count > kMostPeers) fail("from 1 to 1000 connections");
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(argv[1], "hold") == 0) {
        hold(count, milliseconds);
    } else {
        load(count, milliseconds);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
