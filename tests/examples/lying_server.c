/* SPDX-License-Identifier: MIT */
/* An echo server that does one thing wrong, to show that the load notices. Prints its port, serves
 * two connections at the most, and ends when they are closed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    kWrongAt = 1000, /* the place in the stream */
    kGiveUpAfterSeconds = 60,
};

/* Each changes what goes back, and says how much it is. There is room for one byte more. Less than
 * 0: close the connection. */
typedef ssize_t lie(char* data, ssize_t size, size_t offset);

static ssize_t flip(char* data, ssize_t size, size_t offset) {
    const size_t end = offset + (size_t)size;
    if (offset <= kWrongAt && kWrongAt < end) data[kWrongAt - offset] ^= 1;
    return size;
}

static ssize_t drop(char* data, ssize_t size, size_t offset) {
    const size_t end = offset + (size_t)size;
    if (offset > kWrongAt || kWrongAt >= end) return size;
    memmove(data + kWrongAt - offset, data + kWrongAt - offset + 1, end - kWrongAt - 1);
    return size - 1;
}

static ssize_t add(char* data, ssize_t size, size_t offset) {
    (void)offset;
    data[size] = 'x';
    return size + 1;
}

static ssize_t leave(char* data, ssize_t size, size_t offset) {
    (void)data;
    return offset + (size_t)size > kWrongAt ? -1 : size;
}

static ssize_t keep(char* data, ssize_t size, size_t offset) {
    (void)data;
    (void)size;
    (void)offset;
    return 0;
}

static ssize_t tell_the_truth(char* data, ssize_t size, size_t offset) {
    (void)data;
    (void)offset;
    return size;
}

static const struct {
    const char* name;
    lie* lie;
    int connections;
} lies[] = {
    {"flip", flip, 1},   {"drop", drop, 1}, {"add", add, 1},
    {"leave", leave, 1}, {"keep", keep, 1}, {"swap", tell_the_truth, 2},
};

/* What comes from one connection goes to the other; a single one is its own other. */
static void serve(const int* fds, int connections, lie* change) {
    size_t offsets[2] = {0, 0};
    struct pollfd entries[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};
    static char data[65536 + 1];
    while (poll(entries, (nfds_t)connections, -1) > 0) {
        for (int i = 0; i < connections; ++i) {
            if (entries[i].revents == 0) continue;
            const ssize_t got = recv(fds[i], data, sizeof data - 1, 0);
            if (got <= 0) return;
            const ssize_t size = change(data, got, offsets[i]);
            offsets[i] += (size_t)got;
            if (size < 0) return;
            if (send(fds[connections - 1 - i], data, (size_t)size, 0) != size) return;
        }
    }
}

static int listen_anywhere(void) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr*)&address, sizeof address) != 0 || listen(fd, 8) != 0) exit(1);
    if (getsockname(fd, (struct sockaddr*)&address, &length) != 0) exit(1);
    printf("listening 127.0.0.1:%u lying\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    alarm(kGiveUpAfterSeconds);
    for (size_t i = 0; argc == 2 && i < sizeof lies / sizeof *lies; ++i) {
        if (strcmp(argv[1], lies[i].name) != 0) continue;
        const int listener = listen_anywhere();
        int fds[2] = {-1, -1};
        for (int j = 0; j < lies[i].connections; ++j)
            fds[j] = accept(listener, NULL, NULL);
        serve(fds, lies[i].connections, lies[i].lie);
        return 0;
    }
    fprintf(stderr, "usage: lying_server flip|drop|add|leave|keep|swap\n");
    return 2;
}
