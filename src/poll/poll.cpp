// SPDX-License-Identifier: MIT
#include "core/backend.hpp"
#include "core/wake_channel.hpp"
#include "core/watchable.hpp"
#include "poll/poll_for.hpp"
#include "poll/translate.hpp"
#include "poll/waiter.hpp"
#include "poll/watch_set.hpp"

#include <cerrno>

namespace pollux::poll {

namespace {

// The first from `index` on that is ready, or `end`. Four at a time, because this is what a wait
// costs for each descriptor that is not ready.
size_t next_ready(const pollfd* fds, size_t index, size_t end) noexcept {
    while (end - index >= 4) {
        const pollfd* four = fds + index;
        if ((four[0].revents | four[1].revents | four[2].revents | four[3].revents) != 0) break;
        index += 4;
    }
    while (index != end && fds[index].revents == 0)
        ++index;
    return index;
}

class Poll final : public Backend {
public:
    explicit Poll(Mutex& changes) noexcept : changes_(changes) {}
    ~Poll() override;

    int open() noexcept;

    int add(const Registration& now) noexcept override;
    int modify(const Registration& was, const Registration& now) noexcept override;
    int remove(const Registration& was) noexcept override;
    int wait(void* records, int capacity, int64_t timeout_ns) noexcept override;
    int wake() noexcept override;

private:
    int begin_wait(Waiter** out) noexcept;
    int obtain_waiter(Waiter** out, bool* is_alone) noexcept;
    int add_waiter(Waiter** out) noexcept;
    int open_channel(Waiter& waiter) noexcept;
    void drain_wake() noexcept;
    void interrupt_waiters() noexcept;
    int collect(const Waiter& waiter, int ready, plx_event* events, int capacity) noexcept;
    bool collect_one(const Waiter& waiter, size_t index, pollfd record, plx_event* event) noexcept;

    Mutex& changes_;  // guards all below but the wake channel
    WakeChannel wake_;
    WatchSet set_;
    Waiter* waiters_ = nullptr;  // as many as ever waited at once
    size_t turn_ = 0;
};

Poll::~Poll() {
    while (waiters_ != nullptr) {
        Waiter* next = waiters_->next();
        delete waiters_;
        waiters_ = next;
    }
}

// The first waiter is made here, so that a wait of a single thread never lacks memory for it.
int Poll::open() noexcept {
    const int rc = wake_.open();
    Waiter* first;
    return rc < 0 ? rc : add_waiter(&first);
}

int Poll::add(const Registration& now) noexcept {
    int rc = check_watchable(now.fd);
    if (rc == 0 && !is_paused(now.interest)) rc = set_.put(now);
    if (rc == 0) interrupt_waiters();
    return rc;
}

int Poll::modify(const Registration&, const Registration& now) noexcept {
    if (!is_paused(now.interest)) return add(now);
    const int rc = check_watchable(now.fd);
    if (rc < 0) return rc;
    set_.take(now.fd);
    interrupt_waiters();
    return kDone;
}

int Poll::remove(const Registration& was) noexcept {
    set_.take(was.fd);
    interrupt_waiters();
    return kDone;
}

void Poll::interrupt_waiters() noexcept {
    for (Waiter* waiter = waiters_; waiter != nullptr; waiter = waiter->next()) {
        waiter->interrupt(wake_);
    }
}

int Poll::wake() noexcept {
    wake_.signal();
    return 0;
}

// Waiting ----------------------------------------------------------------------------------------

// One that does not wait, and whether any other does.
inline int Poll::obtain_waiter(Waiter** out, bool* is_alone) noexcept {
    Waiter* found = nullptr;
    *is_alone = true;
    for (Waiter* waiter = waiters_; waiter != nullptr; waiter = waiter->next()) {
        if (waiter->is_waiting()) {
            *is_alone = false;
        } else {
            found = waiter;
        }
    }
    *out = found;
    return found != nullptr ? 0 : add_waiter(out);
}

[[gnu::cold]] int Poll::add_waiter(Waiter** out) noexcept {
    auto* waiter = new Waiter(waiters_);
    if (waiter == nullptr) return -ENOMEM;
    waiters_ = waiter;
    *out = waiter;
    return 0;
}

[[gnu::cold]] int Poll::open_channel(Waiter& waiter) noexcept {
    const int rc = waiter.open_channel();
    if (rc < 0) return rc;
    // The numbers may be those of registrations which were closed and not removed.
    set_.take(waiter.channel().fd());
    set_.take(waiter.channel().writer());
    return 0;
}

int Poll::begin_wait(Waiter** out) noexcept {
    Lock lock(changes_);
    bool is_alone;
    int rc = obtain_waiter(out, &is_alone);
    if (rc == 0 && !is_alone && (*out)->channel().fd() < 0) rc = open_channel(**out);
    if (rc == 0) rc = (*out)->prepare(set_, wake_.fd());
    if (rc == 0) (*out)->begin(is_alone);
    return rc;
}

// Who began to wait alone may have company by now, and is not to sleep through a change because
// another has drained what was to tell it. Until it is awake the others find the channel readable.
void Poll::drain_wake() noexcept {
    for (const Waiter* waiter = waiters_; waiter != nullptr; waiter = waiter->next()) {
        if (waiter->needs_wake()) return;
    }
    wake_.drain();
}

int Poll::wait(void* records, int capacity, int64_t timeout_ns) noexcept {
    auto* events = static_cast<plx_event*>(records);
    Waiter* waiter;
    const int rc = begin_wait(&waiter);
    if (rc < 0) return rc;
    const int ready = poll_for(waiter->fds(), static_cast<nfds_t>(waiter->watched()), timeout_ns);
    Lock lock(changes_);
    waiter->end();
    if (ready > 0) return collect(*waiter, ready, events, capacity);
    // EAGAIN is the kernel's lack of memory, poll(2), and nothing that a program may wait for.
    return ready == -EAGAIN ? -ENOMEM : ready;
}

// With more ready than `capacity`, the next wait starts where this one stopped; the wake takes its
// turn like the others.
int Poll::collect(const Waiter& waiter, int ready, plx_event* events, int capacity) noexcept {
    const pollfd* fds = waiter.fds();
    size_t end = waiter.channel_index();
    if (fds[end].revents != 0) --ready;
    const size_t start = turn_ < end ? turn_ : 0;
    bool is_second_half = false;
    int count = 0;
    turn_ = start;
    while (ready > 0 && count < capacity) {
        turn_ = next_ready(fds, turn_, end);
        if (turn_ != end) {
            --ready;
            if (collect_one(waiter, turn_, fds[turn_], &events[count])) ++count;
            ++turn_;
        } else if (is_second_half) {
            break;
        } else {
            is_second_half = true;
            turn_ = 0;
            end = start;
        }
    }
    return count;
}

bool Poll::collect_one(const Waiter& waiter, size_t index, pollfd record,
                       plx_event* event) noexcept {
    if (index == waiter.wake_index()) {
        drain_wake();
        *event = {kWakeKey.value, -1, 0};
        return true;
    }
    // Changed while we waited: the copy is outdated, and the next wait looks with a new one.
    Key key;
    bool oneshot;
    if (!set_.find(record.fd, waiter.version(), &key, &oneshot)) return false;
    // Closed without being removed. It stays registered and silent, as with epoll and kqueue.
    const bool closed = (record.revents & POLLNVAL) != 0;
    if (closed || oneshot) set_.take(record.fd);
    if (closed) return false;
    *event = {key.value, record.fd, from_kernel(record.revents)};
    return true;
}

[[gnu::cold]] int create(Backend** out, Mutex& changes) noexcept {
    auto* backend = new Poll(changes);
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

extern const BackendInfo poll_backend{
    .id = PLX_BACKEND_POLL,
    .name = "poll",
    .capabilities =
        PLX_CAP_PRIORITY | kTimeoutCapability | (kReadClosed != 0 ? PLX_CAP_READ_CLOSED : 0),
    .records = kEventLayout,
    .create = create,
};

}  // namespace pollux::poll
