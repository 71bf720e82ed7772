// SPDX-License-Identifier: MIT
#include "loops/ring.hpp"

#include "pollux/pollux.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace bench {

static int set_up(uint32_t entries, io_uring_params* params) {
    return static_cast<int>(syscall(SYS_io_uring_setup, entries, params));
}

const char* Ring::refusal() {
    io_uring_params params{};
    const int ring = set_up(1, &params);
    if (ring < 0) {
        static char text[64];
        std::snprintf(text, sizeof text, "is refused by this kernel: %s", plx_error_name(-errno));
        return text;
    }
    close(ring);
    if ((params.features & IORING_FEAT_CQE_SKIP) == 0) return "of this kernel is older than 5.17";
    return nullptr;
}

Ring::Ring(Mode mode) : mode_(mode) {
    io_uring_params params{};
    params.flags = IORING_SETUP_CQSIZE;
    params.cq_entries = kCompletions;
    if (mode == kPutsOff) params.flags |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    ring_ = set_up(kSubmissions, &params);
    if (ring_ < 0 && errno == EINVAL && mode == kPutsOff) {
        mode_ = kAtOnce;
        params = {};
        params.flags = IORING_SETUP_CQSIZE;
        params.cq_entries = kCompletions;
        ring_ = set_up(kSubmissions, &params);
    }
    check(ring_, "io_uring_setup");
    map(params);
}

Ring::~Ring() {
    munmap(submissions_, kSubmissions * sizeof(io_uring_sqe));
    munmap(queues_, queues_size_);
    close(ring_);
}

void Ring::map(const io_uring_params& params) {
    const auto map_at = [this](size_t size, off_t offset) {
        void* memory =
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_, offset);
        if (memory == MAP_FAILED) fail("mmap of an io_uring");
        return memory;
    };
    // Both queues are in one mapping, since 5.4.
    queues_size_ = std::max<size_t>(params.sq_off.array + params.sq_entries * sizeof(uint32_t),
                                    params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe));
    queues_ = static_cast<std::byte*>(map_at(queues_size_, IORING_OFF_SQ_RING));
    submissions_ = static_cast<io_uring_sqe*>(
        map_at(params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
    const auto word_at = [this](uint32_t offset) {
        return reinterpret_cast<uint32_t*>(queues_ + offset);
    };
    submission_tail_ = word_at(params.sq_off.tail);
    completion_head_ = word_at(params.cq_off.head);
    completion_tail_ = word_at(params.cq_off.tail);
    completion_mask_ = *word_at(params.cq_off.ring_mask);
    completions_ = reinterpret_cast<io_uring_cqe*>(queues_ + params.cq_off.cqes);
    // Entry by entry: the order in which they are submitted is that in which they lie.
    uint32_t* order = word_at(params.sq_off.array);
    for (uint32_t i = 0; i < params.sq_entries; ++i)
        order[i] = i;
}

void Ring::enter(uint32_t least, uint32_t flags, const void* argument, size_t size) {
    const uint32_t count = queued_;
    tail_ += count;
    queued_ = 0;
    std::atomic_ref(*submission_tail_).store(tail_, std::memory_order_release);
    const long submitted = syscall(SYS_io_uring_enter, ring_, count, least, flags, argument, size);
    if (submitted < 0 && errno != EINTR && errno != ETIME) fail("io_uring_enter");
    if (submitted >= 0 && submitted != static_cast<long>(count)) {
        errno = EAGAIN;
        fail("io_uring_enter left something");
    }
}

void Ring::submit() {
    if (mode_ == kPutsOff) {
        enter(0, IORING_ENTER_GETEVENTS, nullptr, 0);
    } else if (queued_ != 0) {
        enter(0, 0, nullptr, 0);
    }
}

void Ring::submit_and_wait(int64_t timeout_ns) {
    if (timeout_ns < 0) {
        if (queued_ == 0 && has_completions()) return;
        enter(1, IORING_ENTER_GETEVENTS, nullptr, 0);
        return;
    }
    __kernel_timespec timeout{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
    io_uring_getevents_arg argument{};
    argument.ts = reinterpret_cast<uintptr_t>(&timeout);
    enter(1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof argument);
}

}  // namespace bench
