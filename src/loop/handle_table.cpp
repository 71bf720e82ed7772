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

[[gnu::noinline]] Slot* HandleTable::add_slot() noexcept {
    // The last numbers are not slots: a poller's keys for its own events look like that.
    if (used_ >= kNoSlot - 1) return nullptr;
    if (!free_.reserve(size_t{used_} + 1)) return nullptr;
    Slot* slot = slots_.obtain(used_);
    if (slot == nullptr) return nullptr;
    view_ = slots_.view();
    slot->handle = plx_handle{first_generation_} << 32 | used_++;
    return slot;
}

inline Slot* HandleTable::take_free() noexcept {
    // Slots that were closed in no order are not in the cache.
    constexpr size_t kAhead = 8;
    const size_t last = free_.size() - 1;
    if (last >= kAhead) __builtin_prefetch(&at(free_[last - kAhead]), 1);
    Slot* slot = &at(free_[last]);
    free_.pop();
    return slot;
}

Slot* HandleTable::open(uint32_t kind, void* user) noexcept {
    Slot* slot = free_.size() != 0 ? take_free() : add_slot();
    if (slot == nullptr) return nullptr;
    slot->user = user;
    slot->kind = static_cast<uint8_t>(kind);
    slot->is_active = false;
    slot->is_unref = false;
    slot->is_listed = false;
    slot->is_plain_io = false;
    ++counts_[kind];
    set_active(*slot, true);
    return slot;
}

void HandleTable::close(Slot& slot) noexcept {
    set_active(slot, false);
    --counts_[slot.kind];
    slot.kind = PLX_KIND_NONE;
    free_.push_within_capacity(static_cast<uint32_t>(slot.handle));
    constexpr plx_handle kGeneration = plx_handle{1} << 32;
    slot.handle += kGeneration;
    if (slot.handle < kGeneration) slot.handle += kGeneration;  // no handle is 0
}

void HandleTable::set_unref(Slot& slot, bool is_unref) noexcept {
    if (slot.is_unref == is_unref) return;
    slot.is_unref = is_unref;
    if (slot.is_active) alive_ += is_unref ? ~size_t{0} : size_t{1};
}

}  // namespace pollux
