// SPDX-License-Identifier: MIT
#include "core/poller.hpp"

#include "core/buffer.hpp"
#include "core/deadline.hpp"
#include "core/registry.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

namespace pollux {

[[gnu::cold]] int Poller::create(Poller** out, const plx_poller_options& options) noexcept {
    auto* poller = new Poller;
    if (poller == nullptr) return -ENOMEM;
    int rc = poller->table_.open() ? poller->fork_guard_.enlist() : -ENOMEM;
    if (rc == 0) {
        rc = create_backend(&poller->info_, &poller->backend_, poller->changes_, options);
    }
    if (rc < 0) {
        delete poller;
        return rc;
    }
    poller->records_ = poller->info_->records;
    *out = poller;
    return 0;
}

Poller::~Poller() {
    delete backend_;
}

int Poller::fd() noexcept {
    if (fork_guard_.is_foreign()) return -EINVAL;
    Lock lock(changes_);
    return backend_->native_fd();
}

int Poller::check_interest(uint32_t interest) const noexcept {
    if ((interest & ~(kConditions | kModes)) != 0) return -EINVAL;
    const bool exclusive = (interest & PLX_EXCLUSIVE) != 0;
    if (exclusive && (interest & (PLX_ONESHOT | PLX_PRIORITY)) != 0) return -EINVAL;
    const bool edge = (interest & PLX_EDGE) != 0;
    if (edge && (info_->capabilities & PLX_CAP_EDGE) == 0) return -ENOTSUP;
    const bool priority = (interest & PLX_PRIORITY) != 0;
    if (priority && (info_->capabilities & PLX_CAP_PRIORITY) == 0) return -ENOTSUP;
    return 0;
}

int Poller::obtain_entry(int fd, InterestTable::Entry** out) noexcept {
    *out = table_.find(fd);
    if (*out != nullptr) return (*out)->is_registered() ? -EEXIST : 0;
    // A wild number must not make the table grow to hold it.
    if (fcntl(fd, F_GETFD) < 0) return -errno;
    *out = table_.obtain(fd);
    return *out == nullptr ? -ENOMEM : 0;
}

// In add and modify the table changes around the kernel. An event that a waiter receives in between
// does not match the table; see resolve_slowly().

int Poller::add(int fd, uint64_t token, uint32_t interest) noexcept {
    if (fork_guard_.is_foreign()) return -EINVAL;
    int rc = check_interest(interest);
    if (rc < 0) return rc;
    if (fd < 0) return -EBADF;
    Lock lock(changes_);
    InterestTable::Entry* entry;
    rc = obtain_entry(fd, &entry);
    if (rc < 0) return rc;
    const Registration now{fd, interest, entry->next_key(fd, interest)};
    const auto before = entry->begin_change(token);
    rc = backend_->add(now);
    if (rc < 0) {
        entry->take_back(before);
        return rc;
    }
    entry->publish(now);
    set_count(count() + 1);
    return 0;
}

int Poller::modify(int fd, uint64_t token, uint32_t interest) noexcept {
    if (fork_guard_.is_foreign()) return -EINVAL;
    int rc = check_interest(interest);
    if (rc < 0) return rc;
    if (fd < 0) return -EBADF;
    Lock lock(changes_);
    InterestTable::Entry* entry = table_.find_registered(fd);
    if (entry == nullptr) return -ENOENT;
    const Registration was = entry->registration(fd);
    const Registration now{fd, interest, entry->next_key(fd, interest)};
    const auto before = entry->begin_change(token);
    rc = backend_->modify(was, now);
    if (rc < 0) {
        entry->take_back(before);
        return rc;
    }
    entry->publish(now);
    if (rc == kLeftBehind) left_behind_.store(true, std::memory_order_relaxed);
    return 0;
}

int Poller::remove(int fd) noexcept {
    if (fork_guard_.is_foreign()) return -EINVAL;
    if (fd < 0) return -EBADF;
    Lock lock(changes_);
    InterestTable::Entry* entry = table_.find_registered(fd);
    if (entry == nullptr) return -ENOENT;
    const int rc = backend_->remove(entry->registration(fd));
    entry->forget();
    if (rc == kLeftBehind) left_behind_.store(true, std::memory_order_relaxed);
    set_count(count() - 1);
    return 0;
}

// False for one that is not simply to be delivered.
inline bool Poller::deliver_one(plx_event* event, const unsigned char* record) const noexcept {
    const Key key = records_.key_of(record);
    const uint32_t ready = records_.events_of(record);
    uint64_t token;
    if (!table_.view().match(key, &token)) return false;
    *event = {token, static_cast<int32_t>(key.slot()), ready};
    return true;
}

int Poller::wait(plx_event* events, int capacity, int64_t timeout_ns) noexcept {
    if (fork_guard_.is_foreign()) return -EINVAL;
    // The records are at the end of the caller's array and are turned into events from its start:
    // one call for up to `capacity` of them, and no buffer. No event reaches a record that is still
    // to be read, because records are not larger.
    auto* records = reinterpret_cast<unsigned char*>(events) +
                    static_cast<size_t>(capacity) * (sizeof(plx_event) - records_.size);
    if (timeout_ns > 0) return wait_until(timeout_ns, events, records, capacity);
    for (;;) {
        const int received = backend_->wait(records, capacity, timeout_ns);
        // What most waits give a program that keeps up.
        if (received == 1 && deliver_one(events, records)) return 1;
        if (received < 0) return received;
        const int delivered = received == 1 ? deliver_rest(events, records, 0, 1)
                                            : deliver(events, records, received);
        if (delivered != 0) return delivered;
        // The array may have been full of stale events with good ones behind them.
        if (timeout_ns == 0 && received == 0) return 0;
    }
}

[[gnu::noinline]] int Poller::wait_until(int64_t timeout_ns, plx_event* events,
                                         unsigned char* records, int capacity) noexcept {
    Deadline deadline(timeout_ns);
    for (;;) {
        const int received = backend_->wait(records, capacity, deadline.left());
        if (received < 0) return received;
        const int delivered = deliver(events, records, received);
        if (delivered != 0) return delivered;
        // A wait that received anything looks again even when its time is up.
        if (deadline.passed() && received == 0) return 0;
    }
}

// Turns records into events, without those that are not to be delivered.
[[gnu::noinline]] int Poller::deliver(plx_event* events, const unsigned char* records,
                                      int count) noexcept {
    const int plain = records_.size == kPackedRecord
                          ? deliver_plain<kPackedRecord>(events, records, count)
                          : deliver_plain<kRecord>(events, records, count);
    return plain == count ? count : deliver_rest(events, records, plain, count);
}

// Up to the first that is not simply to be delivered; returns how many. Each instruction counts
// here: this is what the poller costs for each event. With a size that is known when this is
// compiled, records are at constant distances from each other.
template <size_t kSize>
inline int Poller::deliver_plain(plx_event* events, const unsigned char* records,
                                 int count) const noexcept {
    const InterestTable::View table = table_.view();
    const unsigned char* at_key = records + records_.key;
    const auto to_events =
        static_cast<ptrdiff_t>(records_.events) - static_cast<ptrdiff_t>(records_.key);
    const auto deliver = [&](size_t i) {
        Key key;
        uint32_t ready;
        std::memcpy(&key.value, at_key + i * kSize, sizeof key.value);
        std::memcpy(&ready, at_key + i * kSize + to_events, sizeof ready);
        uint64_t token;
        if (!table.match(key, &token)) return false;
        events[i] = {token, static_cast<int32_t>(key.slot()), ready};
        return true;
    };
    const plx_event* const first = events;
    const plx_event* const end = events + count;
    constexpr size_t kAtOnce = 4;
    for (; end - events >= ptrdiff_t{kAtOnce}; events += kAtOnce, at_key += kAtOnce * kSize) {
#pragma GCC unroll 4
        for (size_t i = 0; i < kAtOnce; ++i) {
            if (!deliver(i)) return static_cast<int>(events - first) + static_cast<int>(i);
        }
    }
    for (; events != end && deliver(0); ++events) {
        at_key += kSize;
    }
    return static_cast<int>(events - first);
}

// After `plain` of them.
[[gnu::noinline]] int Poller::deliver_rest(plx_event* events, const unsigned char* records,
                                           int plain, int count) noexcept {
    int delivered = plain;
    for (int i = plain; i < count; ++i) {
        const unsigned char* record = records + static_cast<size_t>(i) * records_.size;
        const Key key = records_.key_of(record);
        plx_event event{0, static_cast<int32_t>(key.slot()), records_.events_of(record)};
        const bool is_special = key == kWakeKey || !table_.resolve(key, &event.token);
        if (is_special && !deliver_special(key, &event)) continue;
        events[delivered++] = event;
    }
    if (delivered == count || !left_behind_.load(std::memory_order_relaxed)) return delivered;
    const int rc = rebuild();
    return delivered > 0 ? delivered : rc;
}

// What does not belong to a registration in force: a wake, or a key that does not match.
bool Poller::deliver_special(Key key, plx_event* event) noexcept {
    if (key == kWakeKey) {
        // Acquires what the threads that called wake() had written before. Of several waiters that
        // saw the same wake only one reports it.
        *event = {0, -1, PLX_WOKEN};
        return reports_each_wake_ || wake_pending_.exchange(false, std::memory_order_acq_rel);
    }
    return key != kRetryKey && resolve_slowly(key, &event->token);
}

// A change may be in progress in another thread, which holds the mutex until the table is right.
[[gnu::cold]] bool Poller::resolve_slowly(Key key, uint64_t* token) noexcept {
    Lock lock(changes_);
    return table_.resolve_locked(key, token);
}

[[gnu::cold]] int Poller::rebuild() noexcept {
    Lock lock(changes_);
    if (!left_behind_.load(std::memory_order_relaxed)) return 0;
    Buffer<Registration> all;
    bool complete = true;
    table_.for_each_armed([&](const Registration& now) { complete &= all.push(now); });
    if (!complete) return -ENOMEM;
    const int rc = backend_->rebuild(all.data(), all.size());
    if (rc == 0) left_behind_.store(false, std::memory_order_relaxed);
    return rc;
}

int Poller::wake() noexcept {
    if (fork_guard_.is_foreign()) return -EINVAL;
    if (wake_pending_.exchange(true, std::memory_order_acq_rel)) return 0;
    return backend_->wake();
}

[[gnu::cold]] int Poller::after_fork() noexcept {
    if (!fork_guard_.is_foreign()) return 0;
    Lock lock(changes_);
    silence_closed();
    Backend* fresh = nullptr;
    int rc = info_->create(&fresh, changes_);
    if (rc < 0) return rc;
    rc = register_all(*fresh);
    if (rc < 0) {
        delete fresh;
        return rc;
    }
    delete backend_;
    backend_ = fresh;
    wake_pending_.store(false, std::memory_order_relaxed);
    left_behind_.store(false, std::memory_order_relaxed);
    fork_guard_.adopt();
    return 0;
}

// The kernel's set is the parent's, and is left alone.
[[gnu::cold]] void Poller::forget(int fd) noexcept {
    Lock lock(changes_);
    InterestTable::Entry* entry = table_.find_registered(fd);
    if (entry == nullptr) return;
    entry->forget();
    set_count(count() - 1);
}

// Before the fresh backend opens descriptors of its own, which may well take those numbers.
[[gnu::cold]] void Poller::silence_closed() noexcept {
    table_.for_each_armed([&](const Registration& now) {
        if (fcntl(now.fd, F_GETFD) < 0) table_.find_registered(now.fd)->disarm();
    });
}

// What is another file by now that cannot be watched is silent from here on.
[[gnu::cold]] int Poller::register_all(Backend& fresh) const noexcept {
    int failure = 0;
    table_.for_each_armed([&](const Registration& now) {
        const int rc = failure < 0 ? failure : fresh.add(now);
        if (rc == -ENOMEM || rc == -ENOSPC) failure = rc;
    });
    return failure;
}

}  // namespace pollux
