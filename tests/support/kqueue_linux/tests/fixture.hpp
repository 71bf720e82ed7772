// SPDX-License-Identifier: MIT
// Short words for the tests of kqueue(2).
#pragma once

#include <fcntl.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace kqueue_test {

using Events = std::vector<struct kevent>;

struct Fd {
    Fd() = default;
    explicit Fd(int number) : fd(number) {}
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { close(); }
    void close() {
        if (fd >= 0) ::close(fd);
        fd = -1;
    }
    void write(std::string_view text) const { done(::write(fd, text.data(), text.size())); }
    void read(size_t size) const {
        std::vector<char> buffer(size);
        done(::read(fd, buffer.data(), size));
    }
    static void done(ssize_t) {}

    int fd = -1;
};

struct Pipe {
    Pipe() {
        int ends[2];
        if (::pipe(ends) == 0) reader.fd = ends[0], writer.fd = ends[1];
    }
    Fd reader;
    Fd writer;
};

struct SocketPair {
    explicit SocketPair(int type = SOCK_STREAM) {
        int ends[2];
        if (socketpair(AF_UNIX, type, 0, ends) == 0) a.fd = ends[0], b.fd = ends[1];
    }
    Fd a;
    Fd b;
};

// Makes writes to a descriptor fail with EAGAIN.
inline void fill(int fd) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    const std::vector<char> block(4096);
    while (::write(fd, block.data(), block.size()) > 0) {
    }
}

inline struct kevent change_of(int ident, int filter, int flags, unsigned int fflags = 0,
                               int64_t data = 0, void* udata = nullptr) {
    struct kevent change;
    EV_SET(&change, ident, filter, flags, fflags, data, udata);
    return change;
}

struct Kqueue : Fd {
    Kqueue() : Fd(kqueue()) {}

    // 0 or an errno.
    int apply(const Events& changes) const {
        const int count = static_cast<int>(changes.size());
        return kevent(fd, changes.data(), count, nullptr, 0, nullptr) < 0 ? errno : 0;
    }
    int apply(int ident, int filter, int flags, unsigned int fflags = 0, void* udata = nullptr,
              int64_t data = 0) const {
        return apply({change_of(ident, filter, flags, fflags, data, udata)});
    }
    // What is there now, or within the time.
    Events poll(int capacity = 8, int64_t milliseconds = 0) const {
        const timespec timeout{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
        return call({}, capacity, &timeout);
    }
    Events wait(int capacity = 8) const { return call({}, capacity, nullptr); }
    Events call(const Events& changes, int capacity, const timespec* timeout) const {
        Events events(static_cast<size_t>(capacity));
        const int count = kevent(fd, changes.data(), static_cast<int>(changes.size()),
                                 events.data(), capacity, timeout);
        events.resize(count < 0 ? 0 : static_cast<size_t>(count));
        return events;
    }
};

constexpr timespec kNow{0, 0};

}  // namespace kqueue_test
