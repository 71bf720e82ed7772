// SPDX-License-Identifier: MIT
// Everything that was started on a loop: one record of 64 bytes each, which never moves, and the
// numbers that stand for them outside.
#pragma once

#include "core/paged_array.hpp"
#include "pollux/pollux.h"

#include <cstddef>
#include <cstdint>

namespace pollux {

struct WorkItem;

inline constexpr uint32_t kNoSlot = 0xFFFF'FFFF;

struct IoState {
    int32_t fd;
    uint32_t wanted;   // what the program asked for last
    uint32_t applied;  // what the kernel has; no interest at all after a one-shot event
};

struct TimerState {
    int64_t deadline;
    int64_t period;
    int64_t filed_deadline;  // where the wheel has it, which may be earlier; see timer_wheel.hpp
    uint32_t order;          // among timers with the same deadline
    uint32_t filed_order;    // of the wheel's entry that counts
};

// Of a slot in a SlotList.
struct Link {
    uint32_t next;
    uint32_t previous;
    uint64_t iteration;  // in which it was added
};

struct SignalState {
    Link link;
    int32_t signo;
};

struct ChildState {
    Link link;
    int64_t pid;
    int32_t process_fd;  // -1 if SIGCHLD tells
};

struct alignas(64) Slot {
    uint32_t generation;
    uint8_t kind;  // PLX_KIND_...; 0 is free
    bool is_active;
    bool is_unref;
    bool is_listed;  // io: in the list of changes; timer: in the wheel
    void* user;
    union {
        plx_io_fn on_io;
        plx_timer_fn on_timer;
        plx_signal_fn on_signal;
        plx_child_fn on_child;
    };
    union {
        uint32_t next_free;
        IoState io;
        TimerState timer;
        SignalState signal;
        ChildState child;
        WorkItem* work;
    };
};
static_assert(sizeof(Slot) == 64);

class HandleTable {
public:
    HandleTable() noexcept;
    HandleTable(const HandleTable&) = delete;
    HandleTable& operator=(const HandleTable&) = delete;

    // The slot of a handle that is open and of this kind (any kind if 0), or nullptr.
    Slot* find(plx_handle handle, uint32_t kind = PLX_KIND_NONE) const noexcept {
        Slot* slot = slots_.find(static_cast<uint32_t>(handle));
        if (slot == nullptr || slot->generation != handle >> 32) return nullptr;
        const bool matches = kind == PLX_KIND_NONE ? slot->kind != 0 : slot->kind == kind;
        return matches ? slot : nullptr;
    }

    // By index, of a slot that is known to be there.
    Slot& at(uint32_t index) const noexcept { return *slots_.find(index); }

    // A new handle, active and keeping the loop alive; 0 when out of memory.
    plx_handle open(uint32_t kind, void* user) noexcept;
    void close(plx_handle handle) noexcept;

    plx_handle handle_of(uint32_t index) const noexcept {
        return plx_handle{at(index).generation} << 32 | index;
    }

    void set_active(Slot& slot, bool is_active) noexcept;
    void set_unref(Slot& slot, bool is_unref) noexcept;

    // How many are active and keep the loop alive.
    size_t alive() const noexcept { return alive_; }
    // How many are open.
    size_t count(uint32_t kind) const noexcept { return counts_[kind]; }
    size_t active_timers() const noexcept { return active_timers_; }

    // Calls visit(handle, slot) for each open handle.
    template <typename Visit>
    void for_each(Visit visit) const noexcept {
        slots_.for_each([&](uint32_t index, Slot& slot) {
            if (slot.kind != 0) visit(plx_handle{slot.generation} << 32 | index, slot);
        });
    }

private:
    PagedArray<Slot> slots_;
    // Differs from table to table, so that a handle of one is unknown to the others.
    const uint32_t first_generation_;
    uint32_t first_free_ = kNoSlot;
    uint32_t used_ = 0;  // slots behind it were never opened
    size_t alive_ = 0;
    size_t active_timers_ = 0;
    size_t counts_[PLX_KIND_POST] = {};
};

}  // namespace pollux
