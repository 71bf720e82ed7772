// SPDX-License-Identifier: MIT
#include "core/clock.hpp"
#include "core/paged_array.hpp"
#include "core/unique_fd.hpp"
#include "core/watchable.hpp"
#include "kqueue/batch.hpp"
#include "kqueue/change_list.hpp"
#include "kqueue/second_look.hpp"
#include "kqueue/wake_event.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace pollux::kqueue {

namespace {

// macOS takes at most 100 000 000 seconds (itimerfix() in bsd/kern/kern_time.c), older BSDs too.
constexpr int64_t kLongestWait = 24 * 60 * 60 * kNanosecondsPerSecond;

bool is_open(int fd) noexcept {
    return fcntl(fd, F_GETFD) >= 0;
}

// The kernel cannot watch this kind of file: a device of macOS, a queue for writing.
bool is_unsupported(int error) noexcept {
    return error == EINVAL || error == EPERM || error == ENODEV || error == EOPNOTSUPP;
}

// A write filter has no place in a pipe that nobody reads any more: EPIPE on FreeBSD and OpenBSD,
// EBADF on NetBSD (pipe_kqfilter() in sys/kern/sys_pipe.c).
bool is_peer_gone(const KernelEvent& add, int error) noexcept {
    if (add.filter != static_cast<Filter>(EVFILT_WRITE)) return false;
    return error == EPIPE || (error == EBADF && is_open(static_cast<int>(add.ident)));
}

// Some macOS (10.10, 10.11) answers EPIPE and watches all the same, and what can have no priority
// data (on macOS all but sockets) is never ready for it: neither is a failure.
bool is_harmless(const KernelEvent& add, int error) noexcept {
    if (error == EPIPE) return true;
    return condition_of(add.filter) == PLX_PRIORITY && is_unsupported(error);
}

class Kqueue final : public Backend {
public:
    explicit Kqueue(Mutex& changes) noexcept : changes_(changes) {}
    ~Kqueue() override;

    int open() noexcept;

    int add(const Registration& now) noexcept override;
    int modify(const Registration& was, const Registration& now) noexcept override;
    int remove(const Registration& was) noexcept override;
    int wait(void* records, int capacity, int64_t timeout_ns) noexcept override;
    int wake() noexcept override;
    int native_fd() noexcept override { return queue_.get(); }

private:
    // What is watched now, for waits to look at without a lock: generation << 32 | interest, and
    // whether something stands in for the write filter.
    using Watched = std::atomic<uint64_t>;
    static constexpr uint32_t kStandIn = 0x8000'0000;
    static_assert(((kConditions | kModes) & kStandIn) == 0);

    static constexpr uint64_t watched_of(const Registration& now, uint32_t stand_in) noexcept {
        return uint64_t{now.key.generation()} << 32 | now.interest | stand_in;
    }

    int apply(const Registration& was, const Registration& now, Watched& watched) noexcept;
    int look_at_results(const ChangeList& changes, bool* peer_gone) const noexcept;
    int add_stand_in(const Registration& now, Watched& watched) noexcept;
    void push_delete_stand_in(ChangeList& changes, int fd, uint64_t watched) const noexcept;
    void undo(const Registration& was, const Registration& now, uint64_t watched) noexcept;

    void take(Batch& batch, const KernelEvent& record) noexcept;
    void complete(plx_event* events, int count, bool may_be_split) noexcept;
    bool find_interest(Key key, uint32_t* interest) const noexcept;
    void disarm(Key key, uint32_t conditions) noexcept;

    Mutex& changes_;
    UniqueFd queue_;
    WakeEvent wake_;
    PagedArray<Watched> watched_;
    const pid_t creator_ = getpid();
};

Kqueue::~Kqueue() {
    // A child process does not inherit the queue: its number may be somebody else's by now.
    if (creator_ != getpid()) queue_.release();
}

int Kqueue::open() noexcept {
    queue_ = UniqueFd(open_queue());
    if (!queue_) return -errno;
    if (fcntl(queue_.get(), F_SETFD, FD_CLOEXEC) < 0) return -errno;
    return wake_.open(queue_.get());
}

int Kqueue::add(const Registration& now) noexcept {
    if (now.fd == queue_.get() || wake_.is_own(now.fd)) return -EINVAL;
    return modify({now.fd, 0, now.key}, now);
}

int Kqueue::modify(const Registration& was, const Registration& now) noexcept {
    const int rc = check_watchable(now.fd);
    if (rc < 0) return rc;
    Watched* watched = watched_.obtain(static_cast<uint32_t>(now.fd));
    if (watched == nullptr) return -ENOMEM;
    return apply(was, now, *watched);
}

int Kqueue::apply(const Registration& was, const Registration& now, Watched& watched) noexcept {
    const uint64_t before = watched.load(std::memory_order_relaxed);
    // A filter that is there keeps its flags when it is added again, and whether it then reports
    // again what is ready is nowhere promised. So all are deleted, within the same system call.
    ChangeList changes;
    changes.push_deletes(was, kConditions);
    push_delete_stand_in(changes, was.fd, before);
    changes.push_adds(now, kConditions);
    // Before the kernel, so that a wait that sees the new key also finds the interest.
    watched.store(watched_of(now, 0), std::memory_order_release);
    bool peer_gone = false;
    int rc = changes.submit(queue_.get());
    if (rc == 0) rc = look_at_results(changes, &peer_gone);
    if (rc == 0 && peer_gone) rc = add_stand_in(now, watched);
    if (rc < 0) {
        watched.store(before, std::memory_order_release);
        undo(was, now, before);
    }
    return rc;
}

int Kqueue::look_at_results(const ChangeList& changes, bool* peer_gone) const noexcept {
    for (int i = 0; i < changes.count(); ++i) {
        const int error = changes.error(i);
        // A delete finds nothing where a one-shot has fired or the number was closed.
        if (error == 0 || !changes.is_add(i)) continue;
        if (is_peer_gone(changes[i], error)) {
            *peer_gone = true;
        } else if (!is_harmless(changes[i], error)) {
            return is_unsupported(error) ? -EPERM : -error;
        }
    }
    return 0;
}

// Always ready, with the mode of the registration: a user event, which on FreeBSD is the only one
// that fires, or the read filter, which on the systems without user events does.
int Kqueue::add_stand_in(const Registration& now, Watched& watched) noexcept {
    const auto ident = static_cast<Ident>(now.fd);
    const uint32_t flags = to_kernel(now.interest);
    const uint32_t generation = now.key.generation();
    ChangeList changes;
    if (wake_.has_user_filter()) {
        // FreeBSD does not look at a trigger in the change that adds, and takes the user data of
        // the last change (kqueue_register() in sys/kern/kern_event.c).
        changes.push(make_change(ident, kUserFilter.filter, flags, 0, generation));
        changes.push(make_change(ident, kUserFilter.filter, 0, kUserFilter.trigger, generation));
    } else if ((now.interest & PLX_READABLE) == 0) {
        changes.push(make_change(ident, static_cast<Filter>(EVFILT_READ), flags, 0, generation));
    }
    int rc = changes.submit(queue_.get());
    for (int i = 0; rc == 0 && i < changes.count(); ++i)
        rc = -changes.error(i);
    if (rc == 0 && changes.count() > 0) {
        watched.store(watched_of(now, kStandIn), std::memory_order_release);
    }
    return rc;
}

void Kqueue::push_delete_stand_in(ChangeList& changes, int fd, uint64_t watched) const noexcept {
    if ((watched & kStandIn) == 0) return;
    const Filter filter =
        wake_.has_user_filter() ? kUserFilter.filter : static_cast<Filter>(EVFILT_READ);
    changes.push(make_change(static_cast<Ident>(fd), filter, EV_DELETE, 0, 0));
}

// The old registration as well as it can be had. Its one-shot, if it has fired, is armed by this
// and may show up again.
void Kqueue::undo(const Registration& was, const Registration& now, uint64_t watched) noexcept {
    ChangeList changes;
    changes.push_deletes(now, kConditions);
    changes.push_adds(was, kConditions);
    changes.submit(queue_.get());
    if ((watched & kStandIn) != 0) {
        add_stand_in(was, *watched_.find(static_cast<uint32_t>(was.fd)));
    }
}

int Kqueue::remove(const Registration& was) noexcept {
    Watched* watched = watched_.find(static_cast<uint32_t>(was.fd));
    // Not made again after a fork because it was paused then.
    if (watched == nullptr) return kDone;
    ChangeList changes;
    changes.push_deletes(was, kConditions);
    push_delete_stand_in(changes, was.fd, watched->exchange(0, std::memory_order_release));
    // What cannot be deleted is gone: the kernel drops the filters of a number that is closed, even
    // if a duplicate keeps the file open.
    changes.submit(queue_.get());
    return kDone;
}

int Kqueue::wait(void* out, int capacity, int64_t timeout_ns) noexcept {
    auto* events = static_cast<plx_event*>(out);
    // Not more records than there is room for descriptors: an edge or a one-shot that was taken
    // from the kernel and not reported would be lost.
    const int most = capacity < Batch::kMost ? capacity : Batch::kMost;
    KernelEvent records[Batch::kMost];
    const auto limit = to_timespec(timeout_ns < kLongestWait ? timeout_ns : kLongestWait);
    const int received =
        call_kevent(queue_.get(), nullptr, 0, records, most, timeout_ns < 0 ? nullptr : &limit);
    if (received <= 0) return received;
    Batch batch(events, received);
    for (int i = 0; i < received; ++i)
        take(batch, records[i]);
    complete(events, batch.count(), received == most);
    return batch.count();
}

void Kqueue::take(Batch& batch, const KernelEvent& record) noexcept {
    if (wake_.takes(record)) {
        batch.take(kWakeKey, 0);
        return;
    }
    const Key key = key_of(record.ident, generation_of(record.udata));
    const uint32_t events = from_kernel(record.filter, record.flags, record.fflags);
    if (events == kPeerGone && !is_open(static_cast<int>(key.slot()))) {
        // A stand-in does not vanish with its descriptor as the other filters do.
        disarm(key, PLX_WRITABLE);
        // It took the place of what may be behind it.
        batch.take(kRetryKey, 0);
        return;
    }
    batch.take(key, events);
}

void Kqueue::complete(plx_event* events, int count, bool may_be_split) noexcept {
    SecondLook look;
    for (int i = 0; i < count; ++i) {
        uint32_t interest;
        const Key key{events[i].token};
        if (!find_interest(key, &interest)) continue;
        const uint32_t missing = interest & kConditions & ~events[i].events;
        if (missing != 0 && (interest & PLX_ONESHOT) != 0) disarm(key, missing);
        if (missing != 0 && may_be_split) look.ask(i, events[i].fd, missing);
        events[i].events = settle(events[i].events, interest);
    }
    look.run(events);
}

// False if the key is stale. A wake has no interest.
bool Kqueue::find_interest(Key key, uint32_t* interest) const noexcept {
    const Watched* watched = watched_.find(key.slot());
    if (watched == nullptr) return false;
    const uint64_t now = watched->load(std::memory_order_acquire);
    *interest = static_cast<uint32_t>(now) & ~kStandIn;
    return key.generation() == now >> 32;
}

// A fired one-shot is gone from the kernel, but only in the direction that fired.
void Kqueue::disarm(Key key, uint32_t conditions) noexcept {
    Lock lock(changes_);
    uint32_t interest;
    if (!find_interest(key, &interest)) return;
    const int fd = static_cast<int>(key.slot());
    ChangeList changes;
    changes.push_deletes({fd, interest, key}, conditions);
    if ((conditions & PLX_WRITABLE) != 0) {
        const Watched* watched = watched_.find(key.slot());
        push_delete_stand_in(changes, fd, watched->load(std::memory_order_relaxed));
    }
    changes.submit(queue_.get());
}

int Kqueue::wake() noexcept {
    return wake_.signal(queue_.get());
}

int create(Backend** out, Mutex& changes) noexcept {
    auto* backend = new Kqueue(changes);
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

extern const BackendInfo kqueue_backend{
    .id = PLX_BACKEND_KQUEUE,
    .name = "kqueue",
    .capabilities = PLX_CAP_EDGE | kPriorityCapability | PLX_CAP_READ_CLOSED | PLX_CAP_NS_TIMEOUT |
                    PLX_CAP_NATIVE_FD,
    .records = kEventLayout,
    .create = create,
};

}  // namespace pollux::kqueue
