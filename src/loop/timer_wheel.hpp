// SPDX-License-Identifier: MIT
// When which timer is due: a hierarchical wheel of buckets, each an array of small entries.
//
// Lazy where it pays. Cancelling a timer leaves its entry behind; setting it to a later time, which
// is what an idle timeout does at each message, touches nothing but the timer's own record: the
// entry is looked at when its old time comes, and filed anew or dropped. An entry counts if the
// wheel says so (filed_orders_); what no longer counts is swept out before it outweighs the rest.
//
// The order is exact all the same: what is due is sorted by (deadline, order of setting).
#pragma once

#include "core/buffer.hpp"
#include "loop/handle_table.hpp"
#include "loop/timer_entries.hpp"

#include <cstddef>
#include <cstdint>

namespace pollux {

class TimerWheel {
public:
    TimerWheel(HandleTable& handles, int64_t now) noexcept
        : handles_(handles), tick_(tick_of(now)) {}
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    // Opens a slot for a timer, and sets it: 0, or -ENOMEM and nothing changed.
    int start(plx_handle* out, int64_t deadline, int64_t period, plx_timer_fn fn,
              void* user) noexcept;

    // 0, or -ENOMEM and nothing changed.
    int set(Slot& slot, int64_t deadline) noexcept;

    // Not due any more until it is set again.
    void stop(Slot& slot) noexcept;

    // Closes its slot.
    void close(Slot& slot) noexcept;

    bool is_any_set() const noexcept { return handles_.active_timers() != 0; }

    // A time before which nothing is due; -1 if nothing is set. If it is not after `now`, something
    // is due or could not be looked at yet.
    int64_t next_deadline(int64_t now) noexcept;

    // Would gather() at `now` find anything? The tick stays behind the clock while nothing is due:
    // what is set meanwhile is filed a level higher than it need be, and comes down in time.
    bool has_to_gather(int64_t now) const noexcept {
        return now >= bound_ || kept_ != 0 || has_due();
    }

    // Gathers what is due at `now`, to be had from take_due(); 0 or -ENOMEM. Then some may be
    // missing, and comes with the next gather.
    int gather(int64_t now) noexcept { return has_to_gather(now) ? gather_due(now) : 0; }

    // Has the last gather found something that is still there?
    bool has_due() const noexcept { return next_due_ != due_.size(); }

    // The slot of the next timer of the last gather, or nullptr. One that was stopped, closed or
    // set anew since is passed over. A periodic one is set to its next deadline after `now`.
    Slot* take_due(int64_t now) noexcept;

private:
    using Entry = TimerEntry;
    struct Bucket {
        TimerEntries entries;
        // If there are any: no timer of these is due before it, though its own may be later by now.
        Entry earliest;
    };
    static constexpr int kTickBits = 14;  // 16.4 microseconds
    static constexpr int kLevelBits = 8;
    static constexpr int kBuckets = 1 << kLevelBits;
    static constexpr int kLevels = 6;
    // What the levels span, 146 years; what is later is looked at again then.
    static constexpr int64_t kHorizon = INT64_C(1) << (kTickBits + kLevels * kLevelBits);
    static constexpr uint32_t kNoOrder = 0;
    static constexpr size_t kFewGarbage = 1024;
    static constexpr size_t kFewEntries = 64;
    static constexpr size_t kCredit = 4;
    static constexpr size_t kAhead = 12;
    struct Level {
        uint64_t occupied[kBuckets / 64];
        Bucket buckets[kBuckets];
    };
    struct Place {
        int level;
        int bucket;
    };

    static uint32_t index_of(const Slot& slot) noexcept {
        return static_cast<uint32_t>(slot.handle);
    }
    static constexpr int64_t tick_of(int64_t time) noexcept { return time >> kTickBits; }
    Place place_of(int64_t deadline) const noexcept;
    Bucket* find_bucket(Place place) const noexcept;
    bool find_first(Place* place) const noexcept;
    int64_t start_tick(Place place) const noexcept;
    void update_occupied(Place place) noexcept;

    uint32_t take_order() noexcept {
        if (next_order_ == kNoOrder) ++next_order_;
        return next_order_++;
    }
    bool reserve_filed_order(uint32_t index) noexcept {
        if (index < filed_orders_.size()) return true;
        if (!filed_orders_.reserve(size_t{index} + 1)) return false;
        filed_orders_.resize_within_capacity(size_t{index} + 1);
        return true;
    }
    bool counts(const Entry& entry) const noexcept;
    bool is_in_place(const Entry& entry) const noexcept;
    int file(Entry entry) noexcept;
    int file_with_room(Entry entry, Place place) noexcept;
    void prefetch(const Entry* entries, size_t index, size_t count) const noexcept;
    bool settle(const Entry& entry) noexcept;
    void refresh(Place place) noexcept;
    template <bool kLooksAtSlots = false, typename Keep>
    void sift(Place place, Keep keep) noexcept;
    void put_back(Bucket& bucket, const Entry& entry, TimerBlock** spare) noexcept;
    void sweep() noexcept;
    void take_out_due(Place place, int64_t now) noexcept;
    int cascade(Place place) noexcept;
    int spread(Place place, bool moves) noexcept;
    int gather_bucket(Place place, int64_t now) noexcept;
    int gather_due(int64_t now) noexcept;
    int64_t find_deadline(int64_t now) noexcept;
    void find_bound() noexcept;
    void leave_bound(const Slot& slot) noexcept {
        is_bound_left_ |= slot.timer.filed_deadline == bound_;
    }
    int file_kept() noexcept;
    void advance_period(TimerState& timer, int64_t now) noexcept;

    HandleTable& handles_;
    TimerBlockPool blocks_;
    Level* levels_[kLevels] = {};
    int64_t tick_;               // nothing in the levels is due before it
    int64_t bound_ = INT64_MAX;  // nor before this time
    // Whoever was due at that time has been stopped or closed: there may be a later one.
    bool is_bound_left_ = false;
    uint32_t next_order_ = 1;
    // By slot, the order of the entry that counts; apart from the slots, so that garbage is told
    // from the rest without a look at them.
    Buffer<uint32_t> filed_orders_;
    size_t entries_ = 0;  // all there are, wherever
    size_t garbage_ = 0;  // of them, those that no longer count
    size_t sweep_at_ = kFewGarbage;
    size_t credit_ = 0;  // entries that may be looked at for what set() and stop() have changed
    // What was gathered, in order. Those up to kept_ have been taken, but there was no memory to
    // file them again.
    Buffer<Entry> due_;
    size_t next_due_ = 0;
    size_t kept_ = 0;
};

}  // namespace pollux
