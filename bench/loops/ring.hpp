// SPDX-License-Identifier: MIT
// The two queues of an io_uring, with the bare system calls.
#pragma once

#include "support/process.hpp"

#include <linux/io_uring.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

class Ring {
public:
    enum Mode {
        kAtOnce,   // completions are there when what caused them has returned
        kPutsOff,  // they are made in the next wait, which is cheaper; before Linux 6.1 as kAtOnce
    };

    explicit Ring(Mode mode);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    // Why the kernel does not give one, or not one that is new enough; null if it does.
    static const char* refusal();

    // All zero. Makes room by a submit() if there is none.
    io_uring_sqe& next_submission() {
        if (queued_ == kSubmissions) submit();
        io_uring_sqe& entry = submissions_[(tail_ + queued_++) % kSubmissions];
        entry = {};
        return entry;
    }

    void submit();
    // Until a completion is there, or the time is over; a negative time never is.
    void submit_and_wait(int64_t timeout_ns = -1);

    // take(completion) for each that is there now.
    template <typename Take>
    void take_completions(Take take) {
        uint32_t head = *completion_head_;
        const uint32_t tail = std::atomic_ref(*completion_tail_).load(std::memory_order_acquire);
        for (; head != tail; ++head) {
            const io_uring_cqe completion = completions_[head & completion_mask_];
            std::atomic_ref(*completion_head_).store(head + 1, std::memory_order_release);
            take(completion);
        }
    }

private:
    static constexpr uint32_t kSubmissions = 256;
    // For 5,000 connections that all speak: a multishot poll without room for its report ends.
    static constexpr uint32_t kCompletions = 8192;

    bool has_completions() const {
        return *completion_head_ !=
               std::atomic_ref(*completion_tail_).load(std::memory_order_acquire);
    }
    void map(const io_uring_params& params);
    void enter(uint32_t least, uint32_t flags, const void* argument, size_t size);

    int ring_;
    Mode mode_;
    uint32_t tail_ = 0;    // of what was submitted
    uint32_t queued_ = 0;  // behind it
    io_uring_sqe* submissions_;
    uint32_t* submission_tail_;
    const io_uring_cqe* completions_;
    uint32_t* completion_head_;
    uint32_t* completion_tail_;
    uint32_t completion_mask_;
    std::byte* queues_;
    size_t queues_size_;
};

}  // namespace bench
