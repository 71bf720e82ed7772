// SPDX-License-Identifier: MIT
// Each child is waited for by its number, so that those of others are never reaped. What tells that
// one has ended is a descriptor of its own, or SIGCHLD where there is no such thing.
#include "loop/loop.hpp"
#include "loop/process_fd.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <limits>

namespace pollux {

namespace {

// Does this process have such a child, ended or not? Leaves it as it is.
int check_child(int64_t pid) noexcept {
    if (pid > std::numeric_limits<pid_t>::max()) return -ECHILD;
    siginfo_t info;
    const int rc = waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
    return rc < 0 ? -errno : 0;
}

// False if the child goes on.
bool reap(int64_t pid, int* status) noexcept {
    for (;;) {
        const pid_t reaped = waitpid(static_cast<pid_t>(pid), status, WNOHANG);
        if (reaped >= 0) return reaped > 0;
        if (errno == EINTR) continue;
        // Somebody else has reaped it, or nobody was to: its status is lost.
        *status = 0;
        return true;
    }
}

}  // namespace

int Loop::start_child(plx_handle* out, int64_t pid, plx_child_fn fn, void* user) noexcept {
    for (uint32_t i = children_.first(); i != kNoSlot; i = children_.after(i)) {
        if (handles_.at(i).child.pid == pid) return -EEXIST;
    }
    int rc = check_child(pid);
    if (rc < 0) return rc;
    Slot* slot = handles_.open(PLX_KIND_CHILD, user);
    if (slot == nullptr) return -ENOMEM;
    slot->on_child = fn;
    slot->child.pid = pid;
    rc = watch_child(slot->handle, *slot);
    if (rc < 0) {
        handles_.close(*slot);
        return rc;
    }
    children_.append(static_cast<uint32_t>(slot->handle), stats_.iterations);
    *out = slot->handle;
    return 0;
}

int Loop::watch_child(plx_handle handle, Slot& slot) noexcept {
    ChildState& child = slot.child;
    child.process_fd = open_process_fd(child.pid);
    if (child.process_fd >= 0) {
        const int rc = poller_->add(child.process_fd, handle, PLX_READABLE);
        if (rc < 0) close_process_fd(child.process_fd, false);
        return rc;
    }
    if (child.process_fd != -ENOSYS) return child.process_fd;
    const int rc = signals_.subscribe(SIGCHLD);
    // It may have ended, and its signal have come, before that.
    if (rc == 0) signals_.raise(SIGCHLD);
    return rc;
}

void Loop::release_child(plx_handle handle, Slot& slot) noexcept {
    children_.remove(static_cast<uint32_t>(handle));
    const int fd = slot.child.process_fd;
    if (fd < 0) {
        signals_.unsubscribe(SIGCHLD);
    } else {
        unwatch(fd);
        close_process_fd(fd, poller_->is_foreign());
    }
}

bool Loop::run_child(plx_handle handle, Slot& slot) noexcept {
    int status;
    if (!reap(slot.child.pid, &status)) return true;
    const plx_child_fn on_child = slot.on_child;
    void* const user = slot.user;
    close(handle);
    return call(PLX_KIND_CHILD, handle, 0, [&] { on_child(outside(), handle, status, user); });
}

// SIGCHLD has come, for one or several of those whom it tells of.
bool Loop::run_children() noexcept {
    children_.start_walk();
    for (;;) {
        const uint32_t index = children_.walk(stats_.iterations);
        if (index == kNoSlot) return true;
        Slot& slot = handles_.at(index);
        if (slot.child.process_fd >= 0) continue;
        if (!run_child(slot.handle, slot)) return false;
    }
}

}  // namespace pollux
