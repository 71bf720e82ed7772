// SPDX-License-Identifier: MIT
// Which slots are free, as bits: the lowest of them is taken first. So what is started together
// lies together, in whatever order others were closed.
#pragma once

#include "core/buffer.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pollux {

class FreeSlots {
public:
    bool is_empty() const noexcept { return count_ == 0; }

    // Makes room for the slots below `count`, none of which becomes free by it; false when out of
    // memory.
    [[nodiscard]] bool reserve(uint32_t count) noexcept {
        size_t words = (size_t{count} + kBits - 1) / kBits;
        for (Buffer<uint64_t>& level : levels_) {
            if (!grow(level, words)) return false;
            words = (words + kBits - 1) / kBits;
        }
        return true;
    }

    // Room must have been reserved.
    void put(uint32_t index) noexcept {
        ++count_;
        const uint32_t word = index / kBits;
        if (word < first_) first_ = word;
        uint64_t& bits = levels_[0][word];
        if (bits == 0) make_known(word);
        bits |= uint64_t{1} << index % kBits;
    }

    // The lowest. Not of none.
    uint32_t take() noexcept {
        --count_;
        uint64_t& bits = levels_[0][first_];
        const uint32_t index = first_ * kBits + static_cast<uint32_t>(std::countr_zero(bits));
        bits &= bits - 1;
        if (bits == 0) move_on();
        return index;
    }

private:
    static constexpr uint32_t kBits = 64;
    static constexpr int kLevels = 4;
    static constexpr uint32_t kNone = UINT32_MAX;

    static bool grow(Buffer<uint64_t>& level, size_t words) noexcept {
        const size_t had = level.size();
        if (words <= had) return true;
        if (!level.reserve(words)) return false;
        level.resize_within_capacity(words);
        std::memset(level.data() + had, 0, (words - had) * sizeof(uint64_t));
        return true;
    }

    // A word that is about to be other than 0.
    [[gnu::noinline]] void make_known(uint32_t index) noexcept {
        for (int level = 1; level < kLevels; ++level) {
            levels_[level][index / kBits] |= uint64_t{1} << index % kBits;
            index /= kBits;
        }
    }

    // From a word that has become empty to the next one that is not.
    [[gnu::noinline]] void move_on() noexcept {
        uint32_t index = first_;
        for (int level = 1; level < kLevels; ++level) {
            uint64_t& bits = levels_[level][index / kBits];
            bits &= ~(uint64_t{1} << index % kBits);
            if (bits != 0) break;
            index /= kBits;
        }
        first_ = count_ == 0 ? kNone : find_first();
    }

    // The last level has so few words that they are looked through: one for 16 million slots.
    uint32_t find_first() noexcept {
        uint32_t word = 0;
        while (levels_[kLevels - 1][word] == 0) {
            ++word;
        }
        for (int level = kLevels - 1; level > 0; --level) {
            word = word * kBits + static_cast<uint32_t>(std::countr_zero(levels_[level][word]));
        }
        return word;
    }

    size_t count_ = 0;
    uint32_t first_ = kNone;            // the first word of the first level that is other than 0
    Buffer<uint64_t> levels_[kLevels];  // a bit tells whether the word below it is other than 0
};

}  // namespace pollux
