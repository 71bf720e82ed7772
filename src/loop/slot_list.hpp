// SPDX-License-Identifier: MIT
// Slots of one kind in the order in which they were started. A list is walked while callbacks add
// to it and take from it: what is taken is left out, what is added waits for the next iteration.
#pragma once

#include "loop/handle_table.hpp"

#include <cstdint>

namespace pollux {

// `State` is the member of Slot that has the link, such as &Slot::signal.
template <auto State>
class SlotList {
public:
    explicit SlotList(HandleTable& handles) noexcept : handles_(handles) {}
    SlotList(const SlotList&) = delete;
    SlotList& operator=(const SlotList&) = delete;

    uint32_t first() const noexcept { return first_; }
    uint32_t after(uint32_t index) const noexcept { return link_of(index).next; }

    void append(uint32_t index, uint64_t iteration) noexcept {
        link_of(index) = {kNoSlot, last_, iteration};
        next_of(last_) = index;
        last_ = index;
    }

    void remove(uint32_t index) noexcept {
        const Link link = link_of(index);
        next_of(link.previous) = link.next;
        (link.next == kNoSlot ? last_ : link_of(link.next).previous) = link.previous;
        if (cursor_ == index) cursor_ = link.next;
    }

    // One walk at a time.
    void start_walk() noexcept { cursor_ = first_; }
    // kNoSlot ends the walk.
    uint32_t walk(uint64_t iteration) noexcept {
        const uint32_t index = cursor_;
        // Those behind it are as new, since each was added at the end.
        if (index == kNoSlot || link_of(index).iteration == iteration) return kNoSlot;
        cursor_ = link_of(index).next;
        return index;
    }

private:
    Link& link_of(uint32_t index) const noexcept { return (handles_.at(index).*State).link; }
    uint32_t& next_of(uint32_t index) noexcept {
        return index == kNoSlot ? first_ : link_of(index).next;
    }

    HandleTable& handles_;
    uint32_t first_ = kNoSlot;
    uint32_t last_ = kNoSlot;
    uint32_t cursor_ = kNoSlot;
};

}  // namespace pollux
