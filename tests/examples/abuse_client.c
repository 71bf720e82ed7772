/* SPDX-License-Identifier: MIT */
/* A peer that does to the echo server what peers do: plain blocking sockets, one misbehaviour for
 * each command. Exits with 0 if the server did what it should. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    kChunk = 16384,
    kRounds = 20,
    kMostConnections = 200,
    kQuietMs = 1500,           /* nothing moves for so long: it has come to rest */
    kMostUnread = 128 << 20,   /* more than what the kernel's buffers can hold */
    kGiveUpAfterSeconds = 120, /* only a server that hangs gets there */
};

static char chunk[kChunk];

_Noreturn static void fail(const char* what) {
    fprintf(stderr, "abuse_client: %s (errno: %s)\n", what, strerror(errno));
    exit(1);
}

static char byte_at(size_t offset) {
    return (char)((offset * 31 + (offset >> 8)) & 0x7f);
}

static int connect_to(int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) fail("no socket");
    if (connect(fd, (struct sockaddr*)&address, sizeof address) != 0) fail("cannot connect");
    return fd;
}

static void send_all(int fd, size_t offset, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        const char byte = byte_at(offset + i);
        if (send(fd, &byte, 1, 0) != 1) fail("cannot send");
    }
}

/* Reads up to `size` bytes of the stream and holds them against what was sent; says how many came
 * before its end. */
static size_t receive_up_to(int fd, size_t offset, size_t size) {
    size_t received = 0;
    while (received < size) {
        const size_t left = size - received;
        const ssize_t got = recv(fd, chunk, left < kChunk ? left : kChunk, 0);
        if (got < 0) fail("cannot receive");
        if (got == 0) break;
        for (size_t i = 0; i < (size_t)got; ++i) {
            if (chunk[i] != byte_at(offset + received + i)) fail("a wrong byte came back");
        }
        received += (size_t)got;
    }
    return received;
}

static bool is_ready_within(int fd, short events, int milliseconds) {
    struct pollfd entry = {fd, events, 0};
    return poll(&entry, 1, milliseconds) > 0;
}

/* Sends without reading until nothing more is taken; says how much that was. */
static size_t fill(int fd) {
    size_t sent = 0;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (is_ready_within(fd, POLLOUT, kQuietMs)) {
        for (size_t i = 0; i < kChunk; ++i)
            chunk[i] = byte_at(sent + i);
        const ssize_t taken = send(fd, chunk, kChunk, 0);
        if (taken < 0 && errno != EAGAIN) fail("cannot send");
        if (taken > 0) sent += (size_t)taken;
        if (sent > kMostUnread) fail("the server takes more and more, though nobody reads");
    }
    fcntl(fd, F_SETFL, 0);
    return sent;
}

static void expect_echo(int port) {
    const int fd = connect_to(port);
    send_all(fd, 0, 100);
    if (receive_up_to(fd, 0, 100) != 100) fail("the echo is not whole");
    close(fd);
}

/* Commands ------------------------------------------------------------------------------------- */

static void half_close(int port) {
    const int fd = connect_to(port);
    const size_t sent = fill(fd);
    shutdown(fd, SHUT_WR);
    if (receive_up_to(fd, 0, sent + 1) != sent) fail("not all came back after the half-close");
    close(fd);
}

static void half_close_at_once(int port) {
    for (int i = 0; i < kRounds; ++i) {
        const int fd = connect_to(port);
        send_all(fd, 0, 10);
        shutdown(fd, SHUT_WR);
        if (receive_up_to(fd, 0, 11) != 10) fail("not all came back after the half-close");
        close(fd);
    }
}

static void read_slowly(int port) {
    const int slow = connect_to(port);
    const size_t sent = fill(slow);
    expect_echo(port); /* the others do not suffer */
    if (receive_up_to(slow, 0, sent) != sent) fail("the slow reader lost bytes");
    send_all(slow, sent, 10);
    if (receive_up_to(slow, sent, 10) != 10) fail("the slow reader is not served any more");
    close(slow);
}

static void be_idle(int port) {
    const int fd = connect_to(port);
    send_all(fd, 0, 10);
    if (receive_up_to(fd, 0, 10) != 10) fail("the echo is not whole");
    poll(NULL, 0, kQuietMs);
    send_all(fd, 10, 10);
    if (receive_up_to(fd, 10, 10) != 10) fail("the echo is not whole");
    close(fd);
}

static void reset(int fd) {
    const struct linger at_once = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

static void reset_many(int port) {
    for (int i = 0; i < kRounds; ++i) {
        const int fd = connect_to(port);
        send_all(fd, 0, 10);
        if (receive_up_to(fd, 0, 10) != 10) fail("the echo is not whole");
        reset(fd);
    }
    const int full = connect_to(port);
    fill(full);
    reset(full);
    const int at_once = connect_to(port);
    reset(at_once);
    expect_echo(port);
}

/* To a server that is stopped, so that all three are there when it looks: sending to it is a broken
 * pipe then, and not only a reset connection. */
static void reset_after_half_close(int port) {
    const int fd = connect_to(port);
    send_all(fd, 0, 10);
    shutdown(fd, SHUT_WR);
    reset(fd);
}

/* More connections than the server has descriptors for. Waits until it has come to rest, then
 * closes the ones that were served, so that the others have their turn. */
static void crowd(int port, int count) {
    struct pollfd entries[kMostConnections];
    if (count > kMostConnections) fail("too many connections");
    for (int i = 0; i < count; ++i) {
        entries[i] = (struct pollfd){connect_to(port), POLLIN, 0};
        send_all(entries[i].fd, 0, 1);
    }
    int served = 0, served_at_first = 0;
    int served_fds[kMostConnections];
    while (served < count) {
        if (poll(entries, (nfds_t)count, kQuietMs) > 0) {
            for (int i = 0; i < count; ++i) {
                if (entries[i].revents == 0) continue;
                if (receive_up_to(entries[i].fd, 0, 1) != 1) fail("a connection was refused");
                served_fds[served++] = entries[i].fd;
                entries[i].fd = -1;
            }
            continue;
        }
        if (served_at_first == 0) served_at_first = served;
        for (int i = 0; i < served; ++i) {
            if (served_fds[i] >= 0) close(served_fds[i]);
            served_fds[i] = -1;
        }
    }
    printf("served=%d served_at_first=%d\n", served,
           served_at_first == 0 ? served : served_at_first);
}

struct command {
    const char* name;
    void (*run)(int port);
};

static const struct command commands[] = {
    {"echo", expect_echo},
    {"idle", be_idle},
    {"half-close", half_close},
    {"half-close-at-once", half_close_at_once},
    {"read-slowly", read_slowly},
    {"reset", reset_many},
    {"reset-after-half-close", reset_after_half_close},
};

int main(int argc, char** argv) {
    if (argc < 3) fail("usage: abuse_client command port [count]");
    const int port = atoi(argv[2]);
    signal(SIGPIPE, SIG_IGN);
    alarm(kGiveUpAfterSeconds);
    if (strcmp(argv[1], "crowd") == 0 && argc == 4) {
        crowd(port, atoi(argv[3]));
        return 0;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        if (strcmp(argv[1], commands[i].name) != 0) continue;
        commands[i].run(port);
        return 0;
    }
    fail("there is no such command");
}
