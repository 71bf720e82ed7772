// SPDX-License-Identifier: MIT
#include "core/watchable.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace pollux {

int check_watchable(int fd) noexcept {
    struct stat file;
    if (fstat(fd, &file) < 0) return -errno;
    const bool always_ready =
        S_ISREG(file.st_mode) || S_ISDIR(file.st_mode) || S_ISBLK(file.st_mode);
    return always_ready ? -EPERM : 0;
}

}  // namespace pollux
