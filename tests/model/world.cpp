// SPDX-License-Identifier: MIT
#include "world.hpp"

#include "kinds.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace model {

namespace {

// Small buffers fill fast.
constexpr int kBufferSize = 32 * 1024;
constexpr size_t kChunk = 64 * 1024;
char buffer[kChunk];

void set_small_buffers(int fd) {
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kBufferSize, sizeof kBufferSize);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kBufferSize, sizeof kBufferSize);
}

bool open_listener(int* fd) {
    *fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (*fd < 0) return false;
    set_small_buffers(*fd);
    const auto* name = reinterpret_cast<const sockaddr*>(&address);
    return bind(*fd, name, sizeof address) == 0 && listen(*fd, 64) == 0;
}

bool connect_small(int fd, int listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    set_small_buffers(fd);
    return getsockname(listener, name, &size) == 0 && connect(fd, name, size) == 0;
}

// One for the whole process; accepted sockets have its buffers.
int shared_listener() {
    static int shared = -1;
    if (shared >= 0) return shared;
    int fd = -1;
    if (open_listener(&fd)) shared = fcntl(fd, F_DUPFD, World::kBase + kNumbers);
    if (fd >= 0) ::close(fd);
    return shared;
}

bool open_tcp(int ends[2]) {
    const int listener = shared_listener();
    ends[1] = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || ends[1] < 0 || !connect_small(ends[1], listener)) return false;
    ends[0] = accept(listener, nullptr, nullptr);
    return ends[0] >= 0;
}

// A closed connection that does not linger leaves no trace in the list of ports.
void close_at_once(int fd) {
    const linger none{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(fd);
}

bool open_unix(int ends[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return false;
    set_small_buffers(ends[0]);
    set_small_buffers(ends[1]);
    return true;
}

bool open_file(int ends[2]) {
    ends[0] = ::open("/", O_RDONLY | O_CLOEXEC);
    return ends[0] >= 0;
}

bool open_ends(Kind kind, int ends[2]) {
    switch (kind) {
        case Kind::kUnix:
            return open_unix(ends);
        case Kind::kTcp:
            return open_tcp(ends);
        case Kind::kPipe:
            return pipe(ends) == 0;
        case Kind::kListener:
            return open_listener(&ends[0]);
        case Kind::kFile:
            return open_file(ends);
        default:
            return open_special(kind, ends);
    }
}

// Ports and terminals are given back some time after they were closed, and thousands of programs
// run one after the other. errno is that of the last attempt.
bool open_patiently(Kind kind, int ends[2]) {
    constexpr int kAttempts = 200;
    constexpr timespec kPause{0, 10'000'000};
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (open_ends(kind, ends)) return true;
        const int why = errno;
        for (int end = 0; end < 2; ++end) {
            if (ends[end] >= 0) ::close(ends[end]);
            ends[end] = -1;
        }
        nanosleep(&kPause, nullptr);
        errno = why;
    }
    return false;
}

}  // namespace

World::World() {
    std::signal(SIGPIPE, SIG_IGN);
}

// Without lingering: a million closed connections would use up the ports.
World::~World() {
    for (int number = 0; number < kNumbers; ++number) {
        if (!open_[number]) continue;
        set_reset(number);
        close(number);
    }
}

void World::assign(int fd, int number) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (dup2(fd, fd_of(number)) < 0) std::abort();
    ::close(fd);
    open_[number] = true;
}

std::string World::open(Kind kind, int first, int second) {
    int ends[2] = {-1, -1};
    if (!open_patiently(kind, ends)) {
        return std::string("the system has no more files for the program: ") + std::strerror(errno);
    }
    assign(ends[0], first);
    if (ends[1] >= 0) assign(ends[1], second);
    return "";
}

void World::close(int number) {
    ::close(fd_of(number));
    open_[number] = false;
}

void World::duplicate(int from, int to) {
    if (dup2(fd_of(from), fd_of(to)) < 0) std::abort();
    open_[to] = true;
}

void World::set_reset(int number) {
    const linger none{1, 0};
    setsockopt(fd_of(number), SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void World::shut_down(int number, bool reading, bool writing) {
    const int how = reading && writing ? SHUT_RDWR : reading ? SHUT_RD : SHUT_WR;
    ::shutdown(fd_of(number), how);
}

bool World::send_urgent(int number) {
    return ::send(fd_of(number), "!", 1, MSG_OOB) == 1;
}

Moved World::write(int number, size_t bytes) {
    const ssize_t count = ::write(fd_of(number), buffer, std::min(bytes, kChunk));
    if (count < 0) return {0, errno == EAGAIN};
    return {static_cast<size_t>(count), false};
}

Moved World::fill(int number) {
    Moved all;
    for (;;) {
        const Moved some = write(number, kChunk);
        all.bytes += some.bytes;
        all.blocked = some.blocked;
        if (some.bytes == 0) return all;
    }
}

bool World::connect_to(int number) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const bool connected = fd >= 0 && connect_small(fd, fd_of(number));
    // Who accepts it will close it first, and at once.
    if (fd >= 0) ::close(fd);
    return connected;
}

bool World::accept_from(int number) {
    const int fd = accept(fd_of(number), nullptr, nullptr);
    if (fd >= 0) close_at_once(fd);
    return fd >= 0;
}

Moved World::read(int number, size_t bytes) {
    const ssize_t count = ::read(fd_of(number), buffer, std::min(bytes, kChunk));
    if (count < 0) return {0, errno == EAGAIN};
    return {static_cast<size_t>(count), false};
}

Moved World::drain(int number, size_t expected) {
    Moved all;
    for (;;) {
        const Moved some = read(number, kChunk);
        all.bytes += some.bytes;
        all.blocked = some.blocked;
        if (some.bytes > 0) continue;
        if (!some.blocked || all.bytes >= expected) return all;
        if (!is_ready(number, POLLIN, 5000)) return all;
    }
}

bool World::is_ready(int number, short events, int milliseconds) {
    pollfd watched{fd_of(number), events, 0};
    return ::poll(&watched, 1, milliseconds) > 0;
}

bool World::is_readable(int fd) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0;
}

bool World::has_room(int number) {
    pollfd watched{fd_of(number), POLLOUT, 0};
    return ::poll(&watched, 1, 0) > 0 && (watched.revents & POLLOUT) != 0;
}

}  // namespace model
