// SPDX-License-Identifier: MIT
#include "core/wake_channel.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace pollux {

int WakeChannel::open() noexcept {
    reader_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    return reader_ ? 0 : -errno;
}

void WakeChannel::signal() const noexcept {
    const int saved = errno;
    const uint64_t one = 1;
    // EAGAIN means that the counter is full, and so readable.
    while (write(writer(), &one, sizeof one) < 0 && errno == EINTR) {
    }
    errno = saved;
}

void WakeChannel::drain() const noexcept {
    uint64_t count;
    [[maybe_unused]] const ssize_t ignored = read(fd(), &count, sizeof count);
}

}  // namespace pollux
