// SPDX-License-Identifier: MIT
#include "core/clock.hpp"
#include "core/unique_fd.hpp"
#include "core/wake_channel.hpp"
#include "epoll/translate.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstddef>

namespace pollux::epoll {

namespace {

// What epoll_pwait2 takes on every architecture; a 32-bit C library's timespec may be narrower.
struct KernelTimespec {
    int64_t tv_sec;
    int64_t tv_nsec;
};

// The number is the same on every architecture with the generic table and on x86 and Arm; C
// libraries older than the call (Linux 5.11) do not name it.
constexpr long kEpollPwait2 = 441;

[[gnu::noinline]] int control(int epoll, int operation, int fd, uint32_t events, Key key) noexcept {
    epoll_event event{};
    event.events = events;
    event.data.u64 = key.value;
    return epoll_ctl(epoll, operation, fd, &event) < 0 ? -errno : 0;
}

class Epoll final : public Backend {
public:
    int open() noexcept;

    int add(const Registration& now) noexcept override;
    int modify(const Registration& was, const Registration& now) noexcept override;
    int remove(const Registration& was) noexcept override;
    int rebuild(const Registration* all, size_t count) noexcept override;
    int wait(void* records, int capacity, int64_t timeout_ns) noexcept override;
    int wake() noexcept override;
    int native_fd() noexcept override;

private:
    int open_set(UniqueFd* set) const noexcept;
    bool is_own(int fd) const noexcept;
    int pause(int fd) noexcept;
    int replace(const Registration& was, const Registration& now) noexcept;
    int change(int operation, const Registration& now) noexcept;
    int replace_set(const UniqueFd& fresh) noexcept;
    int watch_in_front(int set) const noexcept;
    void unwatch_in_front(int set) const noexcept;
    int wait_for(epoll_event* events, int capacity, int64_t timeout_ns) noexcept;

    // Waiters use the number without a lock, so it never changes: rebuild() puts another set under
    // the same number.
    UniqueFd set_;
    // Edge-triggered in the set and never drained: each write is reported once, without a read.
    WakeChannel wake_;
    // Made when native_fd() is first asked for. It watches `set_`, and stays when that is replaced.
    UniqueFd front_;
    std::atomic<bool> has_pwait2_ = true;
};

int Epoll::open() noexcept {
    const int rc = wake_.open();
    return rc < 0 ? rc : open_set(&set_);
}

int Epoll::open_set(UniqueFd* set) const noexcept {
    UniqueFd fresh(epoll_create1(EPOLL_CLOEXEC));
    if (!fresh) return -errno;
    const int rc = control(fresh.get(), EPOLL_CTL_ADD, wake_.fd(), EPOLLIN | EPOLLET, kWakeKey);
    if (rc == 0) *set = std::move(fresh);
    return rc;
}

int Epoll::change(int operation, const Registration& now) noexcept {
    return control(set_.get(), operation, now.fd, to_kernel(now.interest), now.key);
}

// epoll reports hang-up and error whatever the mask is, so a paused registration is not in the set.
// The delete also tells whether the descriptor is one that could be: -EBADF, -EPERM, or not there.
int Epoll::pause(int fd) noexcept {
    return control(set_.get(), EPOLL_CTL_DEL, fd, 0, Key{});
}

// The kernel says EEXIST to the one, ELOOP to the other, or nothing at all to a paused one.
bool Epoll::is_own(int fd) const noexcept {
    return fd == set_.get() || wake_.owns(fd) || fd == front_.get();
}

int Epoll::add(const Registration& now) noexcept {
    if (is_own(now.fd)) return -EINVAL;
    if (is_paused(now.interest)) {
        const int rc = pause(now.fd);
        return rc == -ENOENT ? 0 : rc;
    }
    const int rc = change(EPOLL_CTL_ADD, now);
    if (rc != -EEXIST) return rc;
    // Left behind earlier: the file was closed while a duplicate lived, and is back under its
    // number.
    pause(now.fd);
    return change(EPOLL_CTL_ADD, now);
}

int Epoll::modify(const Registration& was, const Registration& now) noexcept {
    if (is_paused(was.interest)) return add(now);
    if (is_own(now.fd)) return -EINVAL;
    int rc = 0;
    if (is_paused(now.interest)) {
        rc = pause(now.fd);
        return rc == -ENOENT ? int{kLeftBehind} : rc;
    }
    if (((was.interest | now.interest) & PLX_EXCLUSIVE) != 0) return replace(was, now);
    rc = change(EPOLL_CTL_MOD, now);
    // EINVAL: left behind earlier with EPOLLEXCLUSIVE, and the file is back under its number.
    if (rc == -EINVAL) pause(now.fd);
    if (rc != -EINVAL && rc != -ENOENT) return rc;
    rc = change(EPOLL_CTL_ADD, now);
    return rc < 0 ? rc : int{kLeftBehind};
}

// EPOLLEXCLUSIVE can neither be set nor be changed by EPOLL_CTL_MOD (EINVAL, epoll_ctl(2)).
[[gnu::cold]] int Epoll::replace(const Registration& was, const Registration& now) noexcept {
    const int deleted = pause(was.fd);
    if (deleted < 0 && deleted != -ENOENT) return deleted;
    const int rc = change(EPOLL_CTL_ADD, now);
    if (rc == 0) return deleted < 0 ? kLeftBehind : kDone;
    if (deleted == 0) change(EPOLL_CTL_ADD, was);
    return rc;
}

int Epoll::remove(const Registration& was) noexcept {
    if (is_paused(was.interest)) return kDone;
    // The number of a descriptor that was closed may have become one of ours.
    if (is_own(was.fd)) return kLeftBehind;
    return pause(was.fd) < 0 ? kLeftBehind : kDone;
}

[[gnu::cold]] int Epoll::rebuild(const Registration* all, size_t count) noexcept {
    UniqueFd fresh;
    int rc = open_set(&fresh);
    for (size_t i = 0; rc == 0 && i < count; ++i) {
        const Registration& now = all[i];
        if (is_own(now.fd)) continue;
        rc = control(fresh.get(), EPOLL_CTL_ADD, now.fd, to_kernel(now.interest), now.key);
        // All else says that the number is no longer what it was: closed, or something that cannot
        // be watched, such as `fresh` itself.
        if (rc != -ENOMEM && rc != -ENOSPC) rc = 0;
    }
    if (rc == 0) rc = watch_in_front(fresh.get());
    return rc < 0 ? rc : replace_set(fresh);
}

// A wait that is blocked in the old set stays there, even when its number is gone: it has to be
// woken. The never drained wake channel, made level-triggered, wakes every one of them.
[[gnu::cold]] int Epoll::replace_set(const UniqueFd& fresh) noexcept {
    int rc = control(set_.get(), EPOLL_CTL_MOD, wake_.fd(), EPOLLIN, kRetryKey);
    if (rc < 0) return rc;
    // The old set is readable for as long as it lives, in a forked child perhaps, and can only be
    // deleted while the number is its own.
    unwatch_in_front(set_.get());
    if (dup3(fresh.get(), set_.get(), O_CLOEXEC) < 0) {
        rc = -errno;
        control(set_.get(), EPOLL_CTL_MOD, wake_.fd(), EPOLLIN | EPOLLET, kWakeKey);
        watch_in_front(set_.get());
        return rc;
    }
    // From `fresh`, which is about to be closed, to the number by which it can be deleted in turn.
    if (watch_in_front(set_.get()) == 0) unwatch_in_front(fresh.get());
    wake_.signal();
    return 0;
}

int Epoll::watch_in_front(int set) const noexcept {
    return front_ ? control(front_.get(), EPOLL_CTL_ADD, set, EPOLLIN, Key{}) : 0;
}

void Epoll::unwatch_in_front(int set) const noexcept {
    if (front_) control(front_.get(), EPOLL_CTL_DEL, set, 0, Key{});
}

// Apart, so that a wait without a limit does not pay for its registers.
[[gnu::noinline]] int Epoll::wait_for(epoll_event* events, int capacity,
                                      int64_t timeout_ns) noexcept {
    if (has_pwait2_.load(std::memory_order_relaxed)) {
        const auto timeout = to_timespec<KernelTimespec>(timeout_ns);
        const long count =
            syscall(kEpollPwait2, set_.get(), events, capacity, &timeout, nullptr, size_t{0});
        if (count >= 0) return static_cast<int>(count);
        // An older kernel, an emulator, or a sandbox that does not know the call.
        if (errno != ENOSYS && errno != EPERM) return -errno;
        has_pwait2_.store(false, std::memory_order_relaxed);
    }
    const int count = epoll_wait(set_.get(), events, capacity, to_milliseconds(timeout_ns));
    return count < 0 ? -errno : count;
}

// from_kernel() changes nothing in what the kernel may report: what was asked for, EPOLLHUP and
// EPOLLERR. So the kernel's own records are delivered.
constexpr bool needs_no_translation() noexcept {
    const uint32_t all = to_kernel(kConditions) | EPOLLHUP | EPOLLERR;
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        if ((all & bit) != 0 && from_kernel(bit) != bit) return false;
    }
    return true;
}
static_assert(needs_no_translation());
static_assert(sizeof(epoll_event) == kPackedRecord || sizeof(epoll_event) == kRecord);

int Epoll::wait(void* records, int capacity, int64_t timeout_ns) noexcept {
    auto* events = static_cast<epoll_event*>(records);
    constexpr int kMost = INT_MAX / static_cast<int>(sizeof(epoll_event));
    if (capacity > kMost) capacity = kMost;
    if (timeout_ns > 0) return wait_for(events, capacity, timeout_ns);
    const int count = epoll_wait(set_.get(), events, capacity, timeout_ns < 0 ? -1 : 0);
    return count < 0 ? -errno : count;
}

int Epoll::wake() noexcept {
    wake_.signal();
    return 0;
}

// Not the set itself, whose watchers would be left with a dead file when it is rebuilt.
int Epoll::native_fd() noexcept {
    if (front_) return front_.get();
    UniqueFd front(epoll_create1(EPOLL_CLOEXEC));
    if (!front) return -errno;
    const int rc = control(front.get(), EPOLL_CTL_ADD, set_.get(), EPOLLIN, Key{});
    if (rc < 0) return rc;
    front_ = std::move(front);
    return front_.get();
}

[[gnu::cold]] int create(Backend** out, Mutex&) noexcept {
    auto* backend = new Epoll;
    if (backend == nullptr) return -ENOMEM;
    const int rc = backend->open();
    if (rc < 0) {
        delete backend;
        return rc;
    }
    *out = backend;
    return 0;
}

}  // namespace

extern const BackendInfo epoll_backend{
    .id = PLX_BACKEND_EPOLL,
    .name = "epoll",
    .capabilities = PLX_CAP_EDGE | PLX_CAP_EXCLUSIVE | PLX_CAP_PRIORITY | PLX_CAP_READ_CLOSED |
                    PLX_CAP_NS_TIMEOUT | PLX_CAP_NATIVE_FD,
    .records = {sizeof(epoll_event), offsetof(epoll_event, data), offsetof(epoll_event, events)},
    .create = create,
};

}  // namespace pollux::epoll
