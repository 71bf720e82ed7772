// SPDX-License-Identifier: MIT
#include "loop/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace pollux {

TimerWheel::~TimerWheel() {
    for (Level* level : levels_) {
        std::free(level);
    }
}

// Buckets ----------------------------------------------------------------------------------------

// The level is that of the highest digit, in base 256, in which the tick differs from the present
// one. So all in a level is later than all in the levels below it.
inline TimerWheel::Place TimerWheel::place_of(int64_t deadline) const noexcept {
    const int64_t tick = std::max(tick_of(std::min(deadline, kHorizon - 1)), tick_);
    const auto difference = static_cast<uint64_t>(tick ^ tick_);
    const int highest = (std::bit_width(difference | 1) - 1) & 63;  // no more than it is
    const int level = highest / kLevelBits;
    return {level, static_cast<int>(tick >> (level * kLevelBits)) & (kBuckets - 1)};
}

inline TimerWheel::Bucket* TimerWheel::find_bucket(Place place) const noexcept {
    Level* level = levels_[place.level];
    return level == nullptr ? nullptr : &level->buckets[place.bucket];
}

// The occupied bucket with the earliest start.
bool TimerWheel::find_first(Place* place) const noexcept {
    for (int level = 0; level < kLevels; ++level) {
        if (levels_[level] == nullptr) continue;
        const int from = static_cast<int>(tick_ >> (level * kLevelBits)) & (kBuckets - 1);
        for (int word = from / 64; word < kBuckets / 64; ++word) {
            uint64_t occupied = levels_[level]->occupied[word];
            if (word == from / 64) occupied &= ~uint64_t{0} << (from % 64);
            if (occupied == 0) continue;
            *place = {level, word * 64 + std::countr_zero(occupied)};
            return true;
        }
    }
    return false;
}

int64_t TimerWheel::start_tick(Place place) const noexcept {
    const int shift = place.level * kLevelBits;
    const int64_t above = tick_ >> (shift + kLevelBits) << (shift + kLevelBits);
    return above | int64_t{place.bucket} << shift;
}

void TimerWheel::update_occupied(Place place) noexcept {
    Level& level = *levels_[place.level];
    Bucket& bucket = level.buckets[place.bucket];
    const uint64_t bit = uint64_t{1} << (place.bucket % 64);
    uint64_t& word = level.occupied[place.bucket / 64];
    word = bucket.entries.is_empty() ? word & ~bit : word | bit;
}

// Entries ----------------------------------------------------------------------------------------

bool TimerWheel::counts(const Entry& entry) const noexcept {
    return filed_orders_[entry.slot] == entry.order;
}

// Puts a new entry into its bucket. By value, which is in registers: written to memory in parts and
// read as a whole, it would have to wait for the parts.
inline int TimerWheel::file(Entry entry) noexcept {
    const Place place = place_of(entry.deadline);
    bound_ = std::min(bound_, entry.deadline);
    Bucket* bucket = find_bucket(place);
    // One that has room has entries.
    if (bucket == nullptr || !bucket->entries.has_room() || entry.slot >= filed_orders_.size()) {
        return file_with_room(entry, place);
    }
    bucket->entries.push_within_room(entry);
    if (entry.deadline < bucket->earliest.deadline) bucket->earliest = entry;
    return 0;
}

// Apart, so that the usual case does not pay for its registers.
[[gnu::noinline, gnu::cold]] int TimerWheel::file_with_room(Entry entry, Place place) noexcept {
    if (!reserve_filed_order(entry.slot)) return -ENOMEM;
    if (levels_[place.level] == nullptr) {
        levels_[place.level] = static_cast<Level*>(std::calloc(1, sizeof(Level)));
        if (levels_[place.level] == nullptr) return -ENOMEM;
    }
    Bucket& bucket = *find_bucket(place);
    const bool is_first = bucket.entries.is_empty();
    if (!bucket.entries.push(entry, blocks_)) return -ENOMEM;
    if (is_first || entry.deadline < bucket.earliest.deadline) bucket.earliest = entry;
    if (is_first) update_occupied(place);
    return 0;
}

// The records of a million timers are not in the cache: each is asked for a few entries ahead.
void TimerWheel::prefetch(const Entry* entries, size_t index, size_t count) const noexcept {
    if (index < count) __builtin_prefetch(&handles_.at(entries[index].slot));
}

// An entry that counts and is where its timer belongs.
bool TimerWheel::is_in_place(const Entry& entry) const noexcept {
    const Slot& slot = handles_.at(entry.slot);
    return counts(entry) && slot.is_active && slot.timer.order == entry.order;
}

// What is to become of an entry that has been taken out: false if it could not be filed where its
// timer belongs by now, for lack of memory, and so must be kept.
bool TimerWheel::settle(const Entry& entry) noexcept {
    Slot& slot = handles_.at(entry.slot);
    if (!counts(entry)) {
        --garbage_;
        --entries_;
        return true;
    }
    if (!slot.is_active) {
        slot.is_listed = false;
        --entries_;
        return true;
    }
    TimerState& timer = slot.timer;
    if (file({timer.deadline, timer.order, entry.slot}) < 0) return false;
    timer.filed_deadline = timer.deadline;
    filed_orders_[entry.slot] = timer.order;
    return true;
}

// Takes all entries out of a bucket and puts back those of which keep(entry) is true; it may file
// others anywhere. Never short of memory: each block that is taken out is kept ready for those of
// its entries that are put back.
template <bool kLooksAtSlots, typename Keep>
void TimerWheel::sift(Place place, Keep keep) noexcept {
    Bucket& bucket = *find_bucket(place);
    TimerEntries all = std::exchange(bucket.entries, TimerEntries{});
    TimerBlock* spare = nullptr;
    while (!all.is_empty()) {
        Entry entries[TimerBlock::kEntries];
        TimerBlock* block;
        const uint32_t count = all.pop_block(entries, &block);
        if (spare != nullptr) blocks_.give(spare);
        spare = block;
        for (uint32_t i = 0; i < count; ++i) {
            if (kLooksAtSlots) prefetch(entries, i + kAhead, count);
            if (keep(entries[i])) put_back(bucket, entries[i], &spare);
        }
    }
    if (spare != nullptr) blocks_.give(spare);
    update_occupied(place);
}

inline void TimerWheel::put_back(Bucket& bucket, const Entry& entry, TimerBlock** spare) noexcept {
    const bool is_first = bucket.entries.is_empty();
    if (!bucket.entries.has_room()) bucket.entries.push_block(std::exchange(*spare, nullptr));
    bucket.entries.push_within_room(entry);
    if (is_first || entry.deadline < bucket.earliest.deadline) bucket.earliest = entry;
}

// Drops or moves on what no longer belongs into a bucket.
void TimerWheel::refresh(Place place) noexcept {
    credit_ -= std::min(credit_, find_bucket(place)->entries.size());
    take_out_due(place, INT64_MIN);
}

// The same, and puts what is due among the gathered ones, for which there is room.
void TimerWheel::take_out_due(Place place, int64_t now) noexcept {
    sift<true>(place, [&](const Entry& entry) {
        if (!is_in_place(entry) && settle(entry)) return false;
        if (entry.deadline > now) return true;
        due_.push_within_capacity(entry);
        return false;
    });
}

// An entry that no longer counts takes 16 bytes, and a slot, which is never given back, takes 68:
// there may be one of the one to each of the other. Amortised over the calls that made it.
[[gnu::cold]] void TimerWheel::sweep() noexcept {
    if (garbage_ < handles_.used()) return;
    for (int level = 0; level < kLevels; ++level) {
        if (levels_[level] == nullptr) continue;
        for (int bucket = 0; bucket < kBuckets; ++bucket) {
            spread({level, bucket}, false);
        }
    }
    // What is left is among the gathered ones, out of reach.
    sweep_at_ = std::max(kFewGarbage, garbage_ * 2);
}

// Setting ----------------------------------------------------------------------------------------

int TimerWheel::start(plx_handle* out, int64_t deadline, int64_t period, plx_timer_fn fn,
                      void* user) noexcept {
    Slot* slot = handles_.open_inline(PLX_KIND_TIMER, user);
    if (slot == nullptr) return -ENOMEM;
    const uint32_t index = index_of(*slot);
    const uint32_t order = take_order();
    if (file({deadline, order, index}) < 0) {
        handles_.close(*slot);
        return -ENOMEM;
    }
    ++entries_;
    credit_ += kCredit;
    filed_orders_[index] = order;
    slot->is_listed = true;
    slot->on_timer = fn;
    slot->timer = {deadline, period, deadline, order};
    *out = slot->handle;
    return 0;
}

int TimerWheel::set(Slot& slot, int64_t deadline) noexcept {
    TimerState& timer = slot.timer;
    const uint32_t index = index_of(slot);
    const uint32_t order = take_order();
    if (!slot.is_listed || deadline < timer.filed_deadline) {
        if (file({deadline, order, index}) < 0) return -ENOMEM;
        ++entries_;
        garbage_ += slot.is_listed;
        slot.is_listed = true;
        timer.filed_deadline = deadline;
        filed_orders_[index] = order;
    }
    credit_ += kCredit;
    timer.deadline = deadline;
    timer.order = order;
    handles_.set_active(slot, true);
    if (garbage_ >= sweep_at_) sweep();
    return 0;
}

void TimerWheel::stop(Slot& slot) noexcept {
    leave_bound(slot);
    handles_.set_active(slot, false);
    credit_ += kCredit;
}

void TimerWheel::close(Slot& slot) noexcept {
    const bool was_listed = slot.is_listed;
    leave_bound(slot);
    handles_.close_inline(slot);
    if (!was_listed) return;
    filed_orders_[index_of(slot)] = kNoOrder;
    ++garbage_;
    credit_ += kCredit;
    if (garbage_ >= sweep_at_) sweep();
}

int64_t TimerWheel::next_deadline(int64_t now) noexcept {
    if (!is_any_set()) return -1;
    // Gathered already: a callback that asks has not let the others have their turn.
    if (kept_ != 0 || has_due()) return 0;
    return now < bound_ && !is_bound_left_ ? bound_ : find_deadline(now);
}

int64_t TimerWheel::find_deadline(int64_t now) noexcept {
    is_bound_left_ = false;
    Place place;
    while (find_first(&place)) {
        Bucket& bucket = *find_bucket(place);
        const size_t size = bucket.entries.size();
        // A server whose clients take turns puts off the earliest each time; to look through its
        // bucket as often would cost more than all the rest.
        const bool is_worthwhile =
            size <= std::max(credit_, kFewEntries) || bucket.earliest.deadline <= now;
        if (is_worthwhile && !is_in_place(bucket.earliest)) refresh(place);
        if (bucket.entries.is_empty()) continue;
        bound_ = bucket.earliest.deadline;
        return bound_;
    }
    bound_ = INT64_MAX;
    return -1;
}

// Firing -----------------------------------------------------------------------------------------

int TimerWheel::file_kept() noexcept {
    while (kept_ != 0) {
        if (!settle(due_[kept_ - 1])) return -ENOMEM;
        --kept_;
    }
    return 0;
}

void TimerWheel::find_bound() noexcept {
    is_bound_left_ = false;
    Place place;
    bound_ = find_first(&place) ? find_bucket(place)->earliest.deadline : INT64_MAX;
}

int TimerWheel::gather_due(int64_t now) noexcept {
    while (has_due()) {
        due_[kept_++] = due_[next_due_++];
    }
    const int rc = file_kept();
    if (rc < 0) return rc;
    due_.clear();
    next_due_ = 0;
    const int64_t now_tick = tick_of(now);
    Place place;
    while (find_first(&place)) {
        const int64_t start = start_tick(place);
        if (start > now_tick) break;
        tick_ = std::max(tick_, start);
        const int failure = place.level == 0 ? gather_bucket(place, now) : cascade(place);
        if (failure < 0) return failure;
        if (place.level == 0 && start == now_tick) break;
    }
    tick_ = std::max(tick_, now_tick);
    find_bound();
    return 0;
}

// Spreads a bucket, whose time has come, over the levels below. Whether the entries still count is
// seen when their own time comes: looking at the records here would cost a cache miss each.
int TimerWheel::cascade(Place place) noexcept {
    return spread(place, true);
}

// Of a bucket that stays where it is only what no longer counts is dropped.
int TimerWheel::spread(Place place, bool moves) noexcept {
    int rc = 0;
    sift(place, [&](const Entry& entry) {
        const bool stays = moves ? file(entry) < 0 : counts(entry);
        if (moves && stays) rc = -ENOMEM;
        if (!moves && !stays) {
            --garbage_;
            --entries_;
        }
        return stays;
    });
    return rc;
}

int TimerWheel::gather_bucket(Place place, int64_t now) noexcept {
    const size_t gathered = due_.size();
    const Bucket& bucket = *find_bucket(place);
    // What was set to a later time that has come too is met again in its own bucket.
    while (!bucket.entries.is_empty() && bucket.earliest.deadline <= now) {
        if (!due_.reserve(due_.size() + bucket.entries.size())) return -ENOMEM;
        take_out_due(place, now);
    }
    sort_entries(due_.begin() + gathered, due_.end());
    return 0;
}

void TimerWheel::advance_period(TimerState& timer, int64_t now) noexcept {
    int64_t next = INT64_MAX;
    if (timer.deadline <= INT64_MAX - timer.period) next = timer.deadline + timer.period;
    if (next <= now) next += (now - next) / timer.period * timer.period;
    if (next <= now) next += timer.period;
    timer.deadline = next;
    timer.order = take_order();
}

Slot* TimerWheel::take_due(int64_t now) noexcept {
    while (next_due_ < due_.size()) {
        prefetch(due_.data(), next_due_ + kAhead, due_.size());
        const Entry entry = due_[next_due_++];
        Slot& slot = handles_.at(entry.slot);
        TimerState& timer = slot.timer;
        const bool is_due =
            counts(entry) && slot.is_active && timer.order == entry.order && timer.deadline <= now;
        if (is_due && timer.period == 0) {
            slot.is_listed = false;
            --entries_;
            handles_.set_active(slot, false);
            return &slot;
        }
        if (is_due) advance_period(timer, now);
        if (!settle(entry)) due_[kept_++] = entry;
        if (is_due) return &slot;
    }
    return nullptr;
}

}  // namespace pollux
