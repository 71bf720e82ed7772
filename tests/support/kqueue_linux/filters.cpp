// SPDX-License-Identifier: MIT
#include "filters.hpp"

#include "files.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace kqueue_linux {

namespace {

int attach_file(Knote& knote) noexcept {
    const int fd = static_cast<int>(knote.ident);
    switch (kind_of(fd)) {
        case FileKind::kClosed:
            return EBADF;
        case FileKind::kVnode:
            knote.notice = Notice::kNone;
            return knote.filter == EVFILT_EXCEPT ? EINVAL : 0;
        case FileKind::kSocket:
        case FileKind::kTerminal:
            return 0;
        case FileKind::kPipe:
            // FreeBSD and OpenBSD (pipe_kqfilter() in sys/kern/sys_pipe.c).
            if (knote.filter == EVFILT_WRITE && is_deserted_pipe(fd)) return EPIPE;
            [[fallthrough]];
        case FileKind::kOther:
            return knote.filter == EVFILT_EXCEPT ? EINVAL : 0;
    }
    return EINVAL;
}

int attach_process(Knote& knote) noexcept {
    if (knote.ident == 0 || knote.ident > INT_MAX) return ESRCH;
    const long pidfd = syscall(SYS_pidfd_open, static_cast<pid_t>(knote.ident), 0);
    if (pidfd < 0) return errno == EMFILE || errno == ENFILE ? ENOMEM : ESRCH;
    knote.process = UniqueFd(static_cast<int>(pidfd));
    knote.flags |= EV_CLEAR;
    return 0;
}

// As wait(2) gives it. Unknown, thus 0, for a process that is not our child or was reaped already.
int64_t exit_status(int pidfd) noexcept {
    siginfo_t info{};
    const auto id = static_cast<id_t>(pidfd);
    if (waitid(P_PIDFD, id, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) return 0;
    if (info.si_code == CLD_EXITED) return (info.si_status & 0xff) << 8;
    return info.si_code == CLD_DUMPED ? info.si_status | 0x80 : info.si_status;
}

Condition look_at_process(const Knote& knote) noexcept {
    pollfd poller{knote.process.get(), POLLIN, 0};
    if (poll(&poller, 1, 0) <= 0) return {};
    return {true, true, knote.wanted & NOTE_EXIT, exit_status(knote.process.get())};
}

Condition look_at_user_event(const Knote& knote) noexcept {
    return {knote.triggered, false, knote.wanted & NOTE_FFLAGSMASK, knote.parameter};
}

}  // namespace

int attach(Knote& knote) noexcept {
    if (is_file_filter(knote.filter)) return attach_file(knote);
    if (knote.filter == EVFILT_PROC) return attach_process(knote);
    // FreeBSD: NOTE_TRIGGER in the very first EV_ADD is not looked at.
    return 0;
}

Condition look(const Knote& knote) noexcept {
    const int fd = static_cast<int>(knote.ident);
    switch (knote.filter) {
        case EVFILT_READ:
            return look_for_reading(fd);
        case EVFILT_WRITE:
            return look_for_writing(fd);
        case EVFILT_EXCEPT:
            return look_for_exception(fd, knote.wanted);
        case EVFILT_PROC:
            return look_at_process(knote);
        default:
            return look_at_user_event(knote);
    }
}

void touch_user_event(Knote& knote, const struct kevent& change) noexcept {
    if ((change.fflags & NOTE_TRIGGER) != 0) knote.triggered = true;
    const unsigned int operand = change.fflags & NOTE_FFLAGSMASK;
    switch (change.fflags & NOTE_FFCTRLMASK) {
        case NOTE_FFAND:
            knote.wanted &= operand;
            break;
        case NOTE_FFOR:
            knote.wanted |= operand;
            break;
        case NOTE_FFCOPY:
            knote.wanted = operand;
            break;
        default:
            break;
    }
    knote.parameter = change.data;
    // FreeBSD (filt_usertouch) and OpenBSD (filt_usermodify): EV_CLEAR in a change takes the
    // trigger back, that of the same change included.
    if ((change.flags & EV_CLEAR) != 0) knote.triggered = false;
}

}  // namespace kqueue_linux
