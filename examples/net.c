/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { kMostDescriptors = 20000 };

void ignore_broken_pipes(void) {
    signal(SIGPIPE, SIG_IGN);
}

/* Some systems have a limit below the hard one, which is "unlimited" there, and do not tell it. */
int64_t raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    const rlim_t before = limit.rlim_cur;
    rlim_t wanted = limit.rlim_max < kMostDescriptors ? limit.rlim_max : kMostDescriptors;
    for (; wanted > before; wanted = wanted / 4 * 3) {
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return (int64_t)wanted;
    }
    return before < kMostDescriptors ? (int64_t)before : kMostDescriptors;
}

static int close_with(int fd, int error) {
    close(fd);
    return -error;
}

/* accept4() and SOCK_NONBLOCK would save the calls, but not every system has them. */
static int prepare(int fd) {
    const int one = 1;
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return -errno;
    /* An echo is answered at once or not at all: waiting to fill a segment only delays it. Fails on
     * a connection that is reset already, which the next read tells. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return 0;
}

static struct sockaddr_in loopback_address(uint16_t port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int open_socket(void) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return -errno;
    const int rc = prepare(fd);
    return rc < 0 ? close_with(fd, -rc) : fd;
}

int listen_on_loopback(uint16_t port) {
    const struct sockaddr_in address = loopback_address(port);
    const int one = 1;
    const int fd = open_socket();
    if (fd < 0) return fd;
    /* Connections of an earlier run may linger in TIME_WAIT on the port. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr*)&address, sizeof address) != 0 ||
        listen(fd, SOMAXCONN) != 0) {
        return close_with(fd, errno);
    }
    return fd;
}

int accept_connection(int listener) {
    const int fd = accept(listener, NULL, NULL);
    if (fd < 0) return -errno;
    return prepare(fd) < 0 ? close_with(fd, ECONNABORTED) : fd;
}

int begin_connect_to_loopback(uint16_t port) {
    const struct sockaddr_in address = loopback_address(port);
    const int fd = open_socket();
    if (fd < 0) return fd;
    if (connect(fd, (const struct sockaddr*)&address, sizeof address) == 0) return fd;
    return errno == EINPROGRESS || errno == EINTR ? fd : close_with(fd, errno);
}

uint16_t local_port(int fd) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    getsockname(fd, (struct sockaddr*)&address, &length);
    return ntohs(address.sin_port);
}

int connect_result(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return -errno;
    return -error;
}

bool means_not_now(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

bool means_peer_is_gone(int error) {
    return error == ECONNRESET || error == EPIPE || error == ETIMEDOUT || error == ECONNABORTED;
}
