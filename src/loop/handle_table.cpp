// SPDX-License-Identifier: MIT
#include "loop/handle_table.hpp"

#include "core/clock.hpp"

namespace pollux {

namespace {

// Not 0, so that no handle is 0.
uint32_t draw_generation(const void* table) noexcept {
    const uint64_t seed =
        reinterpret_cast<uintptr_t>(table) ^ static_cast<uint64_t>(monotonic_now());
    return static_cast<uint32_t>(seed * UINT64_C(0x9E37'79B9'7F4A'7C15) >> 32) | 1;
}

}  // namespace

HandleTable::HandleTable() noexcept : first_generation_(draw_generation(this)) {}

plx_handle HandleTable::open(uint32_t kind, void* user) noexcept {
    uint32_t index = first_free_;
    if (index == kNoSlot) index = used_;
    // The last numbers are not slots: a poller's keys for its own events look like that.
    if (index >= kNoSlot - 1) return 0;
    Slot* slot = slots_.obtain(index);
    if (slot == nullptr) return 0;
    if (index == used_) {
        ++used_;
        slot->generation = first_generation_;
    } else {
        first_free_ = slot->next_free;
    }
    slot->kind = static_cast<uint8_t>(kind);
    slot->is_active = false;
    slot->is_unref = false;
    slot->is_listed = false;
    slot->user = user;
    ++counts_[kind];
    set_active(*slot, true);
    return plx_handle{slot->generation} << 32 | index;
}

void HandleTable::close(plx_handle handle) noexcept {
    const auto index = static_cast<uint32_t>(handle);
    Slot& slot = at(index);
    set_active(slot, false);
    --counts_[slot.kind];
    slot.kind = PLX_KIND_NONE;
    if (++slot.generation == 0) slot.generation = 1;
    slot.next_free = first_free_;
    first_free_ = index;
}

void HandleTable::set_active(Slot& slot, bool is_active) noexcept {
    if (slot.is_active == is_active) return;
    slot.is_active = is_active;
    const size_t step = is_active ? size_t{1} : ~size_t{0};
    if (!slot.is_unref) alive_ += step;
    if (slot.kind == PLX_KIND_TIMER) active_timers_ += step;
}

void HandleTable::set_unref(Slot& slot, bool is_unref) noexcept {
    if (slot.is_unref == is_unref) return;
    slot.is_unref = is_unref;
    if (slot.is_active) alive_ += is_unref ? ~size_t{0} : size_t{1};
}

}  // namespace pollux
