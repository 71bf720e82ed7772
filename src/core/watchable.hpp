// SPDX-License-Identifier: MIT
#pragma once

namespace pollux {

// 0, -EBADF, or -EPERM for a regular file, a directory or a block device, which are always ready:
// epoll refuses them, poll and kqueue do not, and a program must meet the same answer everywhere.
int check_watchable(int fd) noexcept;

}  // namespace pollux
