// SPDX-License-Identifier: MIT
#include "core/wake_channel.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace pollux {

int WakeChannel::open() noexcept {
    reader_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (reader_) return 0;
    if (errno != ENOSYS && errno != EPERM && errno != EACCES) return -errno;
    // A sandbox that does not know the call. Sockets, because each write to one is an edge for
    // epoll; a write to a pipe that is not empty is one in some kernels only.
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) return -errno;
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
    return 0;
}

void WakeChannel::signal() const noexcept {
    const int saved = errno;
    // Nobody drains epoll's, and a full socket would take no further byte.
    if (writer_) drain();
    const uint64_t one = 1;
    // EAGAIN means that the counter is full, and so readable.
    while (write(writer(), &one, sizeof one) < 0 && errno == EINTR) {
    }
    errno = saved;
}

void WakeChannel::drain() const noexcept {
    uint64_t counts[64];  // an eventfd gives one, and is 0 then
    while (read(fd(), counts, sizeof counts) == static_cast<ssize_t>(sizeof counts)) {
    }
}

}  // namespace pollux
