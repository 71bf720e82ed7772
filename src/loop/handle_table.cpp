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
    if (!free_.reserve(used_ + 1)) return nullptr;
    Slot* slot = slots_.obtain(used_);
    if (slot == nullptr) return nullptr;
    view_ = slots_.view();
    slot->handle = plx_handle{first_generation_} << 32 | used_++;
    return slot;
}

Slot* HandleTable::open(uint32_t kind, void* user) noexcept {
    return open_inline(kind, user);
}

void HandleTable::close(Slot& slot) noexcept {
    close_inline(slot);
}

void HandleTable::set_unref(Slot& slot, bool is_unref) noexcept {
    if (slot.is_unref == is_unref) return;
    slot.is_unref = is_unref;
    if (slot.is_active) alive_ += is_unref ? ~size_t{0} : size_t{1};
}

}  // namespace pollux
