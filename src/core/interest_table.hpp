// SPDX-License-Identifier: MIT
// What is registered. Slots are descriptor numbers. Changes are made by one thread at a time, under
// the poller's mutex; match() and resolve() run in any thread without it, once for each event.
#pragma once

#include "core/backend.hpp"
#include "core/paged_array.hpp"

#include <atomic>
#include <cstdint>

namespace pollux {

// An interest in six bits: the conditions are the lowest three of it, the modes three higher up.
inline constexpr int kInterestBits = 6;
constexpr uint32_t pack_interest(uint32_t interest) noexcept {
    return (interest & kConditions) | (interest & kModes) >> 13;
}
constexpr uint32_t unpack_interest(uint32_t bits) noexcept {
    return (bits & kConditions) | (bits << 13 & kModes);
}
static_assert(pack_interest(kConditions | kModes) == (1U << kInterestBits) - 1);
static_assert(unpack_interest(UINT32_MAX) == (kConditions | kModes));

class InterestTable {
public:
    // 16 bytes. `key` is what an event must have to be delivered just so. Any other state of the
    // slot has a mark in place of the slot, which no event has. A generation is a count and, below
    // it, the interest.
    class alignas(16) Entry {
    public:
        bool is_registered() const noexcept {
            return generation() != 0 && low_half() != kForgotten;
        }
        bool is_armed() const noexcept { return is_registered() && low_half() != kDisarmed; }
        Registration registration(int fd) const noexcept {
            return {fd, unpack_interest(generation()), Key::of(fd, generation())};
        }
        // The key of the change to come.
        Key next_key(int fd, uint32_t interest) const noexcept {
            uint32_t count = (generation() >> kInterestBits) + 1;
            if (count > UINT32_MAX >> kInterestBits) count = 1;
            return Key::of(fd, count << kInterestBits | pack_interest(interest));
        }

        // A change is begun before the kernel is told, and published or taken back after. In
        // between no event matches, and so none is paired with the wrong token: who has an event of
        // the new key reads the new token, and who has read the new token finds the old key gone.
        struct Before {
            uint64_t key;
            uint64_t token;
        };
        Before begin_change(uint64_t token) noexcept {
            const uint64_t disarmed = marked(generation(), kDisarmed);
            uint64_t key = key_.load(std::memory_order_relaxed);
            if (Key{key}.slot() == kOneshot) {
                // An exchange, because it may be claimed at this moment.
                key = key_.exchange(disarmed, std::memory_order_relaxed);
            } else {
                key_.store(disarmed, std::memory_order_relaxed);
            }
            const uint64_t before = token_.load(std::memory_order_relaxed);
            token_.store(token, std::memory_order_release);
            return {key, before};
        }
        // Somebody may have read the token that is not to be: the old key must not come back, or
        // the two would be paired. From here on its events are looked up under the mutex.
        void take_back(const Before& before) noexcept {
            const uint32_t generation = Key{before.key}.generation();
            const uint32_t slot = Key{before.key}.slot();
            const bool was_armed = generation != 0 && slot != kForgotten && slot != kDisarmed;
            token_.store(before.token, std::memory_order_relaxed);
            key_.store(was_armed ? marked(generation, kLocked) : before.key,
                       std::memory_order_release);
        }
        void publish(const Registration& now) noexcept {
            uint64_t key = now.key.value;
            if ((now.interest & PLX_ONESHOT) != 0) key = marked(now.key.generation(), kOneshot);
            if (is_paused(now.interest)) key = marked(now.key.generation(), kDisarmed);
            key_.store(key, std::memory_order_release);
        }
        // Nothing is reported until the next publish().
        void disarm() noexcept {
            key_.store(marked(generation(), kDisarmed), std::memory_order_release);
        }
        void forget() noexcept {
            key_.store(marked(generation(), kForgotten), std::memory_order_release);
        }

    private:
        friend class InterestTable;
        uint32_t generation() const noexcept {
            return Key{key_.load(std::memory_order_relaxed)}.generation();
        }
        uint32_t low_half() const noexcept {
            return Key{key_.load(std::memory_order_relaxed)}.slot();
        }

        std::atomic<uint64_t> key_;
        std::atomic<uint64_t> token_;
    };

    // The table as it is after a wait: with the slot of every event of that wait.
    class View {
    public:
        // True for an event of a registration in force that is not one-shot; then *token is its
        // token. Else resolve() has the answer.
        bool match(Key key, uint64_t* token) const noexcept {
            const Entry& entry = entries_[key.slot()];
            // Acquire, so that the look at the key comes after.
            *token = entry.token_.load(std::memory_order_acquire);
            return entry.key_.load(std::memory_order_relaxed) == key.value;
        }

    private:
        friend class InterestTable;
        explicit View(PagedArray<Entry>::View entries) noexcept : entries_(entries) {}
        PagedArray<Entry>::View entries_;
    };

    // Makes the slots of the keys that are no registration's; false when out of memory.
    [[nodiscard]] bool open() noexcept {
        return entries_.obtain(kWakeKey.slot()) != nullptr &&
               entries_.obtain(kRetryKey.slot()) != nullptr;
    }

    // Not before open().
    View view() const noexcept { return View(entries_.view()); }

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
    // all who ask only one is answered true. A false may be a true under the mutex.
    bool resolve(Key key, uint64_t* token) const noexcept {
        Entry* entry = entries_.find(key.slot());
        if (entry == nullptr) return false;
        *token = entry->token_.load(std::memory_order_acquire);
        uint64_t found = entry->key_.load(std::memory_order_relaxed);
        if (found == key.value) return true;
        if (found != marked(key.generation(), kOneshot)) return false;
        return entry->key_.compare_exchange_strong(found, marked(key.generation(), kDisarmed),
                                                   std::memory_order_acq_rel);
    }

    // The same for who holds the mutex, and final.
    bool resolve_locked(Key key, uint64_t* token) const noexcept {
        if (resolve(key, token)) return true;
        Entry* entry = entries_.find(key.slot());
        if (entry == nullptr) return false;
        const uint64_t found = entry->key_.load(std::memory_order_relaxed);
        if (found != marked(key.generation(), kLocked)) return false;
        if ((unpack_interest(key.generation()) & PLX_ONESHOT) != 0) {
            entry->key_.store(marked(key.generation(), kDisarmed), std::memory_order_relaxed);
        }
        *token = entry->token_.load(std::memory_order_relaxed);
        return true;
    }

    // Calls visit(registration) for each armed entry.
    template <typename Visit>
    void for_each_armed(Visit visit) const noexcept {
        entries_.for_each([&](uint32_t slot, const Entry& entry) {
            if (entry.is_armed()) visit(entry.registration(static_cast<int>(slot)));
        });
    }

private:
    // The marks. No slot is above INT_MAX.
    static constexpr uint32_t kOneshot = 0xFFFF'FFFC;
    static constexpr uint32_t kLocked = 0xFFFF'FFFD;
    static constexpr uint32_t kForgotten = 0xFFFF'FFFE;
    static constexpr uint32_t kDisarmed = 0xFFFF'FFFF;

    static constexpr uint64_t marked(uint32_t generation, uint32_t mark) noexcept {
        return uint64_t{generation} << 32 | mark;
    }

    PagedArray<Entry> entries_;
};

static_assert(sizeof(InterestTable::Entry) == 16);

}  // namespace pollux
