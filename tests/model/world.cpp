// SPDX-License-Identifier: MIT
#include "world.hpp"

#include "kinds.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
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

// One for the whole process; accepted sockets have its buffers.
int listener(sockaddr_in* address) {
    static int fd = -1;
    static sockaddr_in bound{};
    if (fd < 0) {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        bound.sin_family = AF_INET;
        bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof bound;
        auto* name = reinterpret_cast<sockaddr*>(&bound);
        set_small_buffers(fd);
        if (bind(fd, name, size) != 0 || listen(fd, 8) != 0 || getsockname(fd, name, &size) != 0) {
            ::close(fd);
            return fd = -1;
        }
    }
    *address = bound;
    return fd;
}

bool open_tcp(int ends[2]) {
    sockaddr_in address;
    const int accepting = listener(&address);
    ends[1] = socket(AF_INET, SOCK_STREAM, 0);
    if (accepting < 0 || ends[1] < 0) return false;
    set_small_buffers(ends[1]);
    if (connect(ends[1], reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
    ends[0] = accept(accepting, nullptr, nullptr);
    return ends[0] >= 0;
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
        case Kind::kFile:
            return open_file(ends);
        default:
            return open_special(kind, ends);
    }
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
    if (!open_ends(kind, ends)) {
        const std::string why = std::strerror(errno);
        for (const int fd : ends) {
            if (fd >= 0) ::close(fd);
        }
        return "the system has no more files for the program: " + why;
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

bool World::has_room(int number) {
    pollfd watched{fd_of(number), POLLOUT, 0};
    return ::poll(&watched, 1, 0) > 0 && (watched.revents & POLLOUT) != 0;
}

}  // namespace model
