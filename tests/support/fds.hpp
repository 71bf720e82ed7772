// SPDX-License-Identifier: MIT
// Descriptors for tests: owned, non-blocking, close-on-exec, and made with portable calls only.
#pragma once

#include "support/catch.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace support {

class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { close(); }

    operator int() const { return fd_; }

    // Returns the number that is free now.
    int close() {
        const int fd = std::exchange(fd_, -1);
        if (fd >= 0) ::close(fd);
        return fd;
    }

private:
    int fd_ = -1;
};

// Two ends: what is written to `theirs` can be read from `ours`. Of sockets, both ways.
struct Pair {
    Fd ours;
    Fd theirs;
};

inline Fd make_private(int fd) {
    REQUIRE(fd >= 0);
    REQUIRE(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    REQUIRE(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return Fd(fd);
}

inline Pair make_socket_pair() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    return {make_private(ends[0]), make_private(ends[1])};
}

inline Pair make_pipe() {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    return {make_private(ends[0]), make_private(ends[1])};
}

// A TCP connection over the loopback interface.
inline Pair make_tcp_pair() {
    const Fd listener(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener, name, size) == 0);
    REQUIRE(listen(listener, 1) == 0);
    REQUIRE(getsockname(listener, name, &size) == 0);
    const int theirs = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(connect(theirs, name, size) == 0);
    return {make_private(accept(listener, nullptr, nullptr)), make_private(theirs)};
}

inline std::string temporary_path() {
    const char* directory = std::getenv("TMPDIR");
    return std::string(directory == nullptr ? "/tmp" : directory) + "/pollux-test-XXXXXX";
}

inline Fd make_regular_file() {
    std::string path = temporary_path();
    Fd file(mkstemp(path.data()));
    REQUIRE(file >= 0);
    unlink(path.c_str());
    return file;
}

inline Fd open_directory() {
    Fd directory(open("/", O_RDONLY | O_CLOEXEC));
    REQUIRE(directory >= 0);
    return directory;
}

// Closes in spite of waits in progress on it in other threads, which a race detector rightly takes
// for a mistake: see stale_test.cpp.
[[gnu::noinline]] inline int close_while_watched(Fd& fd) {
    const int number = fd.close();
    return number;
}

// A copy at exactly the number `at`, as dup2, whatever was there before.
inline Fd duplicate_at(int fd, int at) {
    REQUIRE(dup2(fd, at) == at);
    REQUIRE(fcntl(at, F_SETFD, FD_CLOEXEC) == 0);
    return Fd(at);
}

inline Fd duplicate(int fd) {
    return Fd(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

inline void send_byte(int fd) {
    REQUIRE(write(fd, "x", 1) == 1);
}

// Reads to EAGAIN or the end; how many bytes there were.
inline size_t drain(int fd) {
    size_t total = 0;
    char bytes[4096];
    for (;;) {
        const ssize_t count = read(fd, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return total;
        total += static_cast<size_t>(count);
    }
}

// Writes to EAGAIN.
inline void fill(int fd) {
    const std::vector<char> bytes(65536);
    for (;;) {
        const ssize_t count = write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) return;
    }
}

inline bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

inline constexpr int kScanned = 1024;

// The numbers in use; two such lists are compared to find a leak.
inline std::vector<int> open_fds() {
    std::vector<int> open;
    for (int fd = 0; fd < kScanned; ++fd) {
        if (is_open(fd)) open.push_back(fd);
    }
    return open;
}

// A number that is not in use.
inline int unused_number() {
    int fd = kScanned - 1;
    while (is_open(fd))
        --fd;
    return fd;
}

// While it lives, exactly `spare` more descriptors can be opened. No assertion in its scope: to
// look at an object, the undefined behaviour sanitizer opens a pipe.
class FdLimit {
public:
    explicit FdLimit(int spare) {
        int number = 0;
        for (; spare > 0 || is_open(number); ++number) {
            if (!is_open(number)) --spare;
        }
        set(number);
    }
    // Not even with numbers that are closed meanwhile.
    static FdLimit nothing() { return FdLimit(); }
    ~FdLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
    FdLimit(const FdLimit&) = delete;
    FdLimit& operator=(const FdLimit&) = delete;

private:
    FdLimit() { set(0); }
    void set(int limit) {
        REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
        rlimit limited = before_;
        limited.rlim_cur = static_cast<rlim_t>(limit);
        if (setrlimit(RLIMIT_NOFILE, &limited) != 0) std::abort();
    }

    rlimit before_{};
};

// What body() gives when exactly `spare` more descriptors can be opened.
template <typename Body>
auto with_spare_fds(int spare, Body body) {
    const FdLimit limit(spare);
    return body();
}

}  // namespace support
