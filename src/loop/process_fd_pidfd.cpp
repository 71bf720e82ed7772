// SPDX-License-Identifier: MIT
// pidfd_open(2), Linux 5.3.
#include "loop/process_fd.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace pollux {

int open_process_fd(int64_t pid) noexcept {
    // Close-on-exec by itself.
    const auto fd = static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    if (fd >= 0) return fd;
    // EPERM: what sandboxes answer to calls that they do not know.
    return errno == EPERM ? -ENOSYS : -errno;
}

void close_process_fd(int fd, bool) noexcept {
    ::close(fd);
}

}  // namespace pollux
