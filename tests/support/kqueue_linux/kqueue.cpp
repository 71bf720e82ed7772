// SPDX-License-Identifier: MIT
// kqueue() and kevent().
#include "giant.hpp"
#include "queue.hpp"

#include <poll.h>
#include <sys/event.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>

namespace kqueue_linux {

namespace {

constexpr int64_t kForever = INT64_MAX;
constexpr int64_t kSecond = 1'000'000'000;

int64_t clock_now() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kSecond + now.tv_nsec;
}

class Deadline {
public:
    explicit Deadline(const timespec* timeout) noexcept {
        if (timeout == nullptr || timeout->tv_sec > INT32_MAX) return;
        const int64_t length = timeout->tv_sec * kSecond + timeout->tv_nsec;
        at_ = length == 0 ? 0 : clock_now() + length;
    }
    bool is_forever() const noexcept { return at_ == kForever; }
    // 0 if it has passed.
    int64_t left() const noexcept {
        if (at_ == 0) return 0;
        const int64_t left = at_ - clock_now();
        return left < 0 ? 0 : left;
    }

private:
    int64_t at_ = kForever;
};

bool is_valid(const timespec* timeout) noexcept {
    return timeout == nullptr ||
           (timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 && timeout->tv_nsec < kSecond);
}

int apply_one(Queue& queue, const struct kevent& change) noexcept {
    try {
        return queue.apply(change);
    } catch (const std::bad_alloc&) {
        return ENOMEM;
    }
}

// How many entries the changes left in `events`, or a negated errno. `done` says that the call ends
// here, without looking for events.
int apply_all(Queue& queue, const struct kevent* changes, int nchanges, struct kevent* events,
              int nevents, bool* done) noexcept {
    int entries = 0;
    for (int i = 0; i < nchanges; ++i) {
        // Both lists may be the same array.
        struct kevent change = changes[i];
        if (change.filter == 0) continue;
        change.flags &= static_cast<unsigned short>(~EV_SYSFLAGS);
        const int error = apply_one(queue, change);
        if (error == 0 && (change.flags & EV_RECEIPT) == 0) continue;
        *done = true;
        // No room: the call ends with the error, or with nothing where it was a receipt, and the
        // rest of the changes is lost.
        if (entries == nevents) return entries == 0 ? -error : entries;
        change.flags = EV_ERROR;
        change.data = error;
        events[entries++] = change;
    }
    return entries;
}

// 0 when there is something to look at or the time is up, or a negated errno.
int sleep(const Queue& queue, const Deadline& deadline, Giant& giant) noexcept {
    pollfd poller{queue.fd(), POLLIN, 0};
    const int64_t left = deadline.left();
    const timespec length{left / kSecond, left % kSecond};
    const timespec* timeout = deadline.is_forever() ? nullptr : &length;
    giant.unlock();
    const int count = ppoll(&poller, 1, timeout, &giant.callers_signals());
    const int error = count < 0 ? errno : 0;
    giant.lock();
    return -error;
}

int scan(Queue& queue, struct kevent* events, int nevents, const timespec* timeout,
         Giant& giant) noexcept {
    if (nevents == 0) return 0;
    if (!is_valid(timeout)) return -EINVAL;
    const Deadline deadline(timeout);
    for (;;) {
        const bool last_look = deadline.left() == 0;
        const int count = queue.collect(events, nevents);
        if (count > 0 || last_look) return count;
        const int rc = sleep(queue, deadline, giant);
        if (rc < 0) return rc;
        if (queue.is_closed()) return -EBADF;
    }
}

int change_and_scan(int kq, const struct kevent* changes, int nchanges, struct kevent* events,
                    int nevents, const timespec* timeout) noexcept {
    if (nchanges < 0 || nevents < 0) return -EINVAL;
    Giant giant;
    const std::shared_ptr<Queue> queue = Queue::find(kq);
    if (queue == nullptr) return -EBADF;
    bool done = false;
    const int entries = apply_all(*queue, changes, nchanges, events, nevents, &done);
    return done ? entries : scan(*queue, events, nevents, timeout, giant);
}

int open_queue() noexcept {
    const Giant giant;
    try {
        return Queue::open();
    } catch (const std::bad_alloc&) {
        return -ENOMEM;
    }
}

// The system call convention. `before` is restored on success.
int answer(int rc, int before) noexcept {
    errno = rc < 0 ? -rc : before;
    return rc < 0 ? -1 : rc;
}

}  // namespace

}  // namespace kqueue_linux

int kqueue(void) {
    const int before = errno;
    return kqueue_linux::answer(kqueue_linux::open_queue(), before);
}

int kevent(int kq, const struct kevent* changelist, int nchanges, struct kevent* eventlist,
           int nevents, const struct timespec* timeout) {
    const int before = errno;
    const int rc =
        kqueue_linux::change_and_scan(kq, changelist, nchanges, eventlist, nevents, timeout);
    return kqueue_linux::answer(rc, before);
}
