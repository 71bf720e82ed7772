// SPDX-License-Identifier: MIT
// Everything that was started on a loop: one record of 64 bytes each, which never moves, and the
// numbers that stand for them outside.
#pragma once

#include "core/paged_array.hpp"
#include "loop/free_slots.hpp"
#include "pollux/pollux.h"

#include <cstddef>
#include <cstdint>

namespace pollux {

struct WorkItem;

inline constexpr uint32_t kNoSlot = 0xFFFF'FFFF;

struct IoState {
    int32_t fd;
    uint32_t wanted;    // what the program asked for last, or kDisarmed
    uint32_t applied;   // what the kernel has, or kDisarmed
    uint32_t fired_in;  // the iteration of the last one-shot event
};

struct TimerState {
    int64_t deadline;
    int64_t period;
    int64_t filed_deadline;  // where the wheel has it, which may be earlier; see timer_wheel.hpp
    uint32_t order;          // among timers with the same deadline
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
    plx_handle handle;  // generation and index; of a free one, the handle that it will have
    void* user;
    union {
        plx_io_fn on_io;
        plx_timer_fn on_timer;
        plx_signal_fn on_signal;
        plx_child_fn on_child;
    };
    uint8_t kind;  // PLX_KIND_...; 0 is free
    bool is_active;
    bool is_unref;
    bool is_listed;    // io: in the list of changes; timer: in the wheel
    bool is_plain_io;  // and not one-shot
    union {
        IoState io;
        TimerState timer;
        SignalState signal;
        ChildState child;
        WorkItem* work;
    };
};
static_assert(sizeof(Slot) == 64);

class HandleTable {
    using Slots = PagedArray<Slot, 32>;

public:
    HandleTable() noexcept;
    HandleTable(const HandleTable&) = delete;
    HandleTable& operator=(const HandleTable&) = delete;

    // The slot of a handle that is open and of this kind (any kind if 0), or nullptr.
    Slot* find(plx_handle handle, uint32_t kind = PLX_KIND_NONE) const noexcept {
        const auto index = static_cast<uint32_t>(handle);
        if (index >= used_) return nullptr;
        Slot& slot = at(index);
        if (slot.handle != handle) return nullptr;
        const bool matches = kind == PLX_KIND_NONE ? slot.kind != 0 : slot.kind == kind;
        return matches ? &slot : nullptr;
    }

    // What there is now, for handles that were open at some time, and for 0. It stays right while
    // others are opened and closed.
    class View {
    public:
        Slot* find(plx_handle handle) const noexcept {
            const auto index = static_cast<uint32_t>(handle);
            if (index >= used_) return nullptr;
            Slot& slot = slots_[index];
            return slot.handle == handle ? &slot : nullptr;
        }

    private:
        friend class HandleTable;
        View(Slots::View slots, uint32_t used) noexcept : slots_(slots), used_(used) {}
        Slots::View slots_;
        uint32_t used_;
    };
    View view() const noexcept { return {view_, used_}; }

    // By index, of a slot that is known to be there.
    Slot& at(uint32_t index) const noexcept { return view_[index]; }

    // A new handle's slot, active and keeping the loop alive; nullptr when out of memory.
    Slot* open(uint32_t kind, void* user) noexcept;
    void close(Slot& slot) noexcept;

    // The same for where each instruction counts.
    Slot* open_inline(uint32_t kind, void* user) noexcept {
        Slot* slot = free_.is_empty() ? add_slot() : take_free();
        if (slot == nullptr) return nullptr;
        slot->user = user;
        slot->kind = static_cast<uint8_t>(kind);
        slot->is_active = true;
        slot->is_unref = false;
        slot->is_listed = false;
        slot->is_plain_io = false;
        ++counts_[kind];
        ++alive_;
        if (kind == PLX_KIND_TIMER) ++active_timers_;
        return slot;
    }
    void close_inline(Slot& slot) noexcept {
        set_active(slot, false);
        --counts_[slot.kind];
        slot.kind = PLX_KIND_NONE;
        free_.put(static_cast<uint32_t>(slot.handle));
        constexpr plx_handle kGeneration = plx_handle{1} << 32;
        slot.handle += kGeneration;
        if (slot.handle < kGeneration) slot.handle += kGeneration;  // no handle is 0
    }

    void set_active(Slot& slot, bool is_active) noexcept {
        if (slot.is_active == is_active) return;
        slot.is_active = is_active;
        const size_t step = is_active ? size_t{1} : ~size_t{0};
        if (!slot.is_unref) alive_ += step;
        if (slot.kind == PLX_KIND_TIMER) active_timers_ += step;
    }
    void set_unref(Slot& slot, bool is_unref) noexcept;

    // How many are active and keep the loop alive.
    size_t alive() const noexcept { return alive_; }
    // How many slots there are, free ones included.
    uint32_t used() const noexcept { return used_; }
    // How many are open.
    size_t count(uint32_t kind) const noexcept { return counts_[kind]; }
    size_t active_timers() const noexcept { return active_timers_; }

    // Calls visit(handle, slot) for each open handle.
    template <typename Visit>
    void for_each(Visit visit) const noexcept {
        slots_.for_each([&](uint32_t, Slot& slot) {
            if (slot.kind != 0) visit(slot.handle, slot);
        });
    }

private:
    Slot* add_slot() noexcept;
    Slot* take_free() noexcept {
        const uint32_t index = free_.take();
        // Those that are taken next lie behind it, perhaps on another page of memory, at which the
        // processor's own foresight ends.
        constexpr uint32_t kAhead = 8;
        if (index + kAhead < used_) __builtin_prefetch(&at(index + kAhead), 1);
        return &at(index);
    }

    Slots slots_;
    Slots::View view_;
    // Differs from table to table, so that a handle of one is unknown to the others.
    const uint32_t first_generation_;
    uint32_t used_ = 0;  // slots behind it were never opened
    FreeSlots free_;     // has room for all slots
    size_t alive_ = 0;
    size_t active_timers_ = 0;
    size_t counts_[PLX_KIND_POST] = {};
};

}  // namespace pollux
