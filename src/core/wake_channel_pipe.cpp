// SPDX-License-Identifier: MIT
#include "core/wake_channel.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace pollux {

namespace {

// pipe2 is missing on macOS, so there is a moment in which another thread's fork and exec inherits
// the pipe. It carries no data and a stray copy of either end does no harm.
int make_private(int fd) noexcept {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return -errno;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) return -errno;
    return 0;
}

}  // namespace

int WakeChannel::open() noexcept {
    int ends[2];
    if (pipe(ends) < 0) return -errno;
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
    const int rc = make_private(reader_.get());
    return rc < 0 ? rc : make_private(writer_.get());
}

void WakeChannel::signal() const noexcept {
    const int saved = errno;
    // EAGAIN means that the pipe is full, and so readable.
    while (write(writer(), "", 1) < 0 && errno == EINTR) {
    }
    errno = saved;
}

void WakeChannel::drain() const noexcept {
    char bytes[64];
    while (read(fd(), bytes, sizeof bytes) == static_cast<ssize_t>(sizeof bytes)) {
    }
}

}  // namespace pollux
