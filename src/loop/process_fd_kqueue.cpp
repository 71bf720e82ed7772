// SPDX-License-Identifier: MIT
// A kqueue of its own for each process, which is readable once the process has ended: so one
// descriptor serves every backend, and stays readable until the process can be reaped. (On macOS
// waitpid() may find it running for a moment after the event.)
#include "core/unique_fd.hpp"
#include "loop/process_fd.hpp"

#include <fcntl.h>
#include <sys/types.h>
// OpenBSD's needs sys/types.h before it.
#include <sys/event.h>

#include <cerrno>

namespace pollux {

namespace {

// ESRCH: it has ended already (macOS). The others: a sandbox, or a process that has other rights.
bool is_refusal(int error) noexcept {
    return error == ESRCH || error == EPERM || error == EACCES;
}

}  // namespace

int open_process_fd(int64_t pid) noexcept {
    UniqueFd queue(kqueue());
    if (!queue || fcntl(queue.get(), F_SETFD, FD_CLOEXEC) < 0) return -errno;
    // The fields' types differ from system to system.
    struct kevent exit = {};
    exit.ident = static_cast<decltype(exit.ident)>(pid);
    exit.filter = static_cast<decltype(exit.filter)>(EVFILT_PROC);
    exit.flags = EV_ADD;
    exit.fflags = static_cast<decltype(exit.fflags)>(NOTE_EXIT);
    if (kevent(queue.get(), &exit, 1, nullptr, 0, nullptr) < 0) {
        return is_refusal(errno) ? -ENOSYS : -errno;
    }
    return queue.release();
}

// A kqueue is not inherited: in a child its number is free, or somebody else's.
void close_process_fd(int fd, bool is_inherited) noexcept {
    if (!is_inherited) ::close(fd);
}

}  // namespace pollux
