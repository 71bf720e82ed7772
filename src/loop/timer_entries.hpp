// SPDX-License-Identifier: MIT
// What the buckets of the timer wheel hold: small entries in blocks of a fixed size, which all
// buckets take from one pool. So a bucket grows without being copied, and what one has no use for
// any more serves another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pollux {

struct TimerEntry {
    int64_t deadline;
    uint32_t order;
    uint32_t slot;
};

// By deadline, and of one deadline by order.
void sort_entries(TimerEntry* begin, TimerEntry* end) noexcept;

struct TimerBlock {
    static constexpr uint32_t kEntries = 63;

    TimerBlock* next;
    uint64_t unused;
    TimerEntry entries[kEntries];
};
static_assert(sizeof(TimerBlock) == 1024);

// Memory is given back when the pool goes.
class TimerBlockPool {
public:
    TimerBlockPool() = default;
    ~TimerBlockPool();
    TimerBlockPool(const TimerBlockPool&) = delete;
    TimerBlockPool& operator=(const TimerBlockPool&) = delete;

    // nullptr when out of memory.
    TimerBlock* take() noexcept {
        TimerBlock* block = free_;
        if (block == nullptr) return take_fresh();
        free_ = block->next;
        return block;
    }
    void give(TimerBlock* block) noexcept {
        block->next = free_;
        free_ = block;
    }

private:
    TimerBlock* take_fresh() noexcept;

    TimerBlock* free_ = nullptr;
    TimerBlock* fresh_ = nullptr;  // never taken: from here ...
    TimerBlock* fresh_end_ = nullptr;
    TimerBlock* chunks_ = nullptr;  // the first block of each chunk links them
    size_t chunk_blocks_ = 0;       // of the newest
};

// A stack of entries. Zero bytes are an empty one.
class TimerEntries {
public:
    bool is_empty() const noexcept { return top_ == nullptr; }
    size_t size() const noexcept { return size_t{blocks_} * TimerBlock::kEntries - room_; }

    // Without a new block?
    bool has_room() const noexcept { return room_ != 0; }
    void push_within_room(TimerEntry entry) noexcept {
        TimerEntry* place = &top_->entries[--room_];
        // The next line, which no prefetcher guesses while dozens of buckets take turns.
        constexpr size_t kCacheLine = 64;
        __builtin_prefetch(reinterpret_cast<const char*>(place) - kCacheLine, 1);
        *place = entry;
    }

    // False when out of memory.
    [[nodiscard]] bool push(const TimerEntry& entry, TimerBlockPool& pool) noexcept {
        if (room_ == 0) {
            TimerBlock* block = pool.take();
            if (block == nullptr) return false;
            push_block(block);
        }
        push_within_room(entry);
        return true;
    }
    // Not while there is room.
    void push_block(TimerBlock* block) noexcept {
        block->next = top_;
        top_ = block;
        room_ = TimerBlock::kEntries;
        ++blocks_;
    }

    // Copies the entries of the top block to `out`, of kEntries, and takes the block off; returns
    // how many. Not of an empty stack.
    uint32_t pop_block(TimerEntry* out, TimerBlock** block) noexcept {
        const uint32_t count = TimerBlock::kEntries - room_;
        *block = top_;
        std::memcpy(out, top_->entries + room_, count * sizeof(TimerEntry));
        top_ = top_->next;
        if (top_ != nullptr) __builtin_prefetch(top_->next);
        room_ = 0;
        --blocks_;
        return count;
    }

private:
    TimerBlock* top_;  // the only one that need not be full
    uint32_t room_;    // in it
    uint32_t blocks_;
};

}  // namespace pollux
