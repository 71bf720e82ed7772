// SPDX-License-Identifier: MIT
// What is registered. Slots are descriptor numbers. Changes are made by one thread at a time, under
// the poller's mutex; resolve() and claim run in any thread without it, once for each event.
#pragma once

#include "core/backend.hpp"
#include "core/paged_array.hpp"

#include <atomic>
#include <cstdint>

namespace pollux {

class InterestTable {
public:
    // 16 bytes. `state` is generation << 32 | interest | kRegistered | kArmed.
    class Entry {
    public:
        bool is_registered() const noexcept { return (load() & kRegistered) != 0; }
        bool is_armed() const noexcept { return (load() & kArmed) != 0; }
        Registration registration(int fd) const noexcept {
            return {fd, interest_of(load()), Key::of(fd, generation_of(load()))};
        }
        // The key of the change to come.
        Key next_key(int fd) const noexcept { return Key::of(fd, generation_of(load()) + 1); }

        void publish(const Registration& now, uint64_t token) noexcept {
            // A reader between the two stores of an entry that changes must not pair the old state
            // with the new token: the state is taken away first. See resolve().
            state_.store(uint64_t{now.key.generation()} << 32, std::memory_order_relaxed);
            token_.store(token, std::memory_order_release);
            const uint32_t armed = is_paused(now.interest) ? 0 : kArmed;
            state_.store(uint64_t{now.key.generation()} << 32 | kRegistered | armed | now.interest,
                         std::memory_order_release);
        }

        void forget() noexcept {
            const uint32_t next = generation_of(load()) + 1;
            state_.store(uint64_t{next} << 32, std::memory_order_release);
        }

    private:
        friend class InterestTable;
        uint64_t load() const noexcept { return state_.load(std::memory_order_relaxed); }

        std::atomic<uint64_t> state_;
        std::atomic<uint64_t> token_;
    };

    // The entry of a registered descriptor, or nullptr.
    Entry* find_registered(int fd) const noexcept {
        Entry* entry = entries_.find(static_cast<uint32_t>(fd));
        return entry != nullptr && entry->is_registered() ? entry : nullptr;
    }

    // The entry of a number, registered or not; nullptr if it was never obtained.
    Entry* find(int fd) const noexcept { return entries_.find(static_cast<uint32_t>(fd)); }

    // The same, made if need be; nullptr when out of memory.
    Entry* obtain(int fd) noexcept { return entries_.obtain(static_cast<uint32_t>(fd)); }

    // Decides whether an event is to be delivered, and to whom: true if its key is the registration
    // in force and armed, and then *token is its token. A one-shot is disarmed by this, so that of
    // all who ask only one is answered true.
    bool resolve(Key key, uint64_t* token) const noexcept {
        Entry* entry = entries_.find(key.slot());
        if (entry == nullptr) return false;
        uint64_t state = entry->state_.load(std::memory_order_acquire);
        if (generation_of(state) != key.generation() || (state & kArmed) == 0) return false;
        // Acquire, so that the second look at the state comes after: if the state is still the
        // same, the token is the one that belongs to it.
        *token = entry->token_.load(std::memory_order_acquire);
        if ((state & PLX_ONESHOT) != 0) {
            return entry->state_.compare_exchange_strong(state, state & ~uint64_t{kArmed},
                                                         std::memory_order_acq_rel);
        }
        return entry->state_.load(std::memory_order_relaxed) == state;
    }

    // Calls visit(registration) for each armed entry.
    template <typename Visit>
    void for_each_armed(Visit visit) const noexcept {
        entries_.for_each([&](uint32_t slot, const Entry& entry) {
            if (entry.is_armed()) visit(entry.registration(static_cast<int>(slot)));
        });
    }

private:
    static constexpr uint32_t kRegistered = 0x8000'0000;
    static constexpr uint32_t kArmed = 0x4000'0000;
    static_assert(((kConditions | kModes) & (kRegistered | kArmed)) == 0);

    static constexpr uint32_t generation_of(uint64_t state) noexcept {
        return static_cast<uint32_t>(state >> 32);
    }
    static constexpr uint32_t interest_of(uint64_t state) noexcept {
        return static_cast<uint32_t>(state) & ~(kRegistered | kArmed);
    }

    PagedArray<Entry> entries_;
};

static_assert(sizeof(InterestTable::Entry) == 16);

}  // namespace pollux
