// SPDX-License-Identifier: MIT
#include "loop/timer_entries.hpp"

#include <algorithm>
#include <cstdlib>

namespace pollux {

namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kFirstChunk = 16;  // blocks
constexpr size_t kLargestChunk = 256;

struct ComesBefore {
    bool operator()(const TimerEntry& left, const TimerEntry& right) const noexcept {
        if (left.deadline != right.deadline) return left.deadline < right.deadline;
        // The orders wrap around; what counts is which one is later.
        return static_cast<int32_t>(left.order - right.order) < 0;
    }
};

}  // namespace

void sort_entries(TimerEntry* begin, TimerEntry* end) noexcept {
    std::sort(begin, end, ComesBefore{});
}

TimerBlockPool::~TimerBlockPool() {
    while (chunks_ != nullptr) {
        TimerBlock* older = chunks_->next;
        std::free(chunks_);
        chunks_ = older;
    }
}

// Each chunk is twice as large as the one before, up to a limit.
[[gnu::noinline]] TimerBlock* TimerBlockPool::take_fresh() noexcept {
    if (fresh_ == fresh_end_) {
        const size_t blocks =
            chunk_blocks_ == 0 ? kFirstChunk : std::min(chunk_blocks_ * 2, kLargestChunk);
        const size_t bytes = blocks * sizeof(TimerBlock);
        void* memory = nullptr;
        if (posix_memalign(&memory, kCacheLine, bytes) != 0) return nullptr;
        auto* chunk = static_cast<TimerBlock*>(memory);
        chunk->next = chunks_;
        chunks_ = chunk;
        chunk_blocks_ = blocks;
        fresh_ = chunk + 1;
        fresh_end_ = chunk + blocks;
    }
    return fresh_++;
}

}  // namespace pollux
