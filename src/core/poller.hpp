// SPDX-License-Identifier: MIT
// A poller: the interest table, one backend, and the rules of the contract that all backends share.
#pragma once

#include "core/backend.hpp"
#include "core/fork.hpp"
#include "core/interest_table.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace pollux {

class Poller {
public:
    static int create(Poller** out, const plx_poller_options& options) noexcept;
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    uint32_t backend() const noexcept { return info_->id; }
    size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
    int fd() noexcept;

    int add(int fd, uint64_t token, uint32_t interest) noexcept;
    int modify(int fd, uint64_t token, uint32_t interest) noexcept;
    int remove(int fd) noexcept;

    int wait(plx_event* events, int capacity, int64_t timeout_ns) noexcept;
    int wake() noexcept;

    // As wake(), without a look whether the last one has been reported: for who sees to it that
    // there are not too many, and has called report_each_wake() before.
    int wake_now() noexcept { return fork_guard_.is_foreign() ? -EINVAL : backend_->wake(); }
    void report_each_wake() noexcept { reports_each_wake_ = true; }

    int after_fork() noexcept;

    // As remove(), in a child process and before after_fork().
    void forget(int fd) noexcept;

    static void* operator new(size_t size) noexcept { return std::malloc(size); }
    static void operator delete(void* memory) noexcept { std::free(memory); }

    // 0; -EINVAL for bits that are unknown or do not go together; -ENOTSUP for what is lacking.
    int check_interest(uint32_t interest) const noexcept;

    // Made by the parent of this process?
    bool is_foreign() const noexcept { return fork_guard_.is_foreign(); }

private:
    // Under the mutex, so that a count is never missed although it is written in two steps.
    void set_count(size_t count) noexcept { count_.store(count, std::memory_order_relaxed); }

    Poller() noexcept : fork_guard_(changes_) {}

    int obtain_entry(int fd, InterestTable::Entry** out) noexcept;

    int wait_until(int64_t timeout_ns, plx_event* events, unsigned char* records,
                   int capacity) noexcept;
    bool deliver_one(plx_event* event, const unsigned char* record) const noexcept;
    int deliver(plx_event* events, const unsigned char* records, int count) noexcept;
    template <size_t kSize>
    int deliver_plain(plx_event* events, const unsigned char* records, int count) const noexcept;
    int deliver_rest(plx_event* events, const unsigned char* records, int plain,
                     int count) noexcept;
    bool deliver_special(Key key, plx_event* event) noexcept;
    bool resolve_slowly(Key key, uint64_t* token) noexcept;
    int rebuild() noexcept;
    void silence_closed() noexcept;
    int register_all(Backend& fresh) const noexcept;

    Mutex changes_;  // held for each change of the table and the kernel's set; never while blocked
    ForkGuard fork_guard_;
    const BackendInfo* info_ = nullptr;
    Backend* backend_ = nullptr;
    RecordLayout records_{};
    InterestTable table_;
    std::atomic<size_t> count_ = 0;
    std::atomic<bool> wake_pending_ = false;
    bool reports_each_wake_ = false;
    // The kernel may still hold a registration that the table has forgotten.
    std::atomic<bool> left_behind_ = false;
};

}  // namespace pollux
