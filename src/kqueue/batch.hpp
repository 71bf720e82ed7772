// SPDX-License-Identifier: MIT
// Puts the records of one descriptor together, in the caller's array, in the order in which the
// descriptors came.
#pragma once

#include "core/backend.hpp"

#include <cstdint>

namespace pollux::kqueue {

class Batch {
public:
    // The most records that one batch takes.
    static constexpr int kMost = 256;

    // `out` has room for `records` events.
    Batch(plx_event* out, int records) noexcept : out_(out) {
        while (mask_ < 2 * static_cast<uint32_t>(records))
            mask_ = mask_ << 1 | 1;
        for (uint32_t i = 0; i <= mask_; ++i)
            index_[i] = kFree;
    }

    void take(Key key, uint32_t events) noexcept {
        // A registration that changed while the kernel was collecting has records with two keys.
        uint32_t place = key.slot() & mask_;
        while (index_[place] != kFree && out_[index_[place]].token != key.value) {
            place = (place + 1) & mask_;
        }
        if (index_[place] == kFree) {
            index_[place] = static_cast<uint16_t>(count_);
            out_[count_++] = {key.value, static_cast<int32_t>(key.slot()), 0};
        }
        out_[index_[place]].events |= events;
    }

    int count() const noexcept { return count_; }

private:
    static constexpr uint16_t kFree = UINT16_MAX;

    plx_event* out_;
    int count_ = 0;
    uint32_t mask_ = 1;
    // Open addressing, never more than half full.
    uint16_t index_[4 * kMost];
};

}  // namespace pollux::kqueue
