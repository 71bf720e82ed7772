// SPDX-License-Identifier: MIT
// What the timer wheel is held against: a heap with four children a node, in an array, and in each
// timer's record, as its order, where it stands in it. The records are those of the wheel, and so
// is the interface.
#pragma once

#include "core/buffer.hpp"
#include "loop/handle_table.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace bench {

class FourAryHeap {
public:
    FourAryHeap(pollux::HandleTable& handles, int64_t) : handles_(handles) {}

    int set(pollux::Slot& slot, int64_t deadline) {
        const Entry entry{deadline, next_order_, static_cast<uint32_t>(slot.handle)};
        if (slot.is_listed) {
            place(slot.timer.order, entry);
        } else {
            if (!entries_.push(entry)) return -ENOMEM;
            rise(entries_.size() - 1, entry);
        }
        ++next_order_;
        slot.is_listed = true;
        handles_.set_active(slot, true);
        return 0;
    }

    void stop(pollux::Slot& slot) {
        handles_.set_active(slot, false);
        forget(slot);
    }

    void close(pollux::Slot& slot) {
        forget(slot);
        handles_.close(slot);
    }

    int64_t next_deadline(int64_t) const {
        return entries_.size() == 0 ? -1 : entries_[0].deadline;
    }

    static int gather(int64_t) { return 0; }

    // Without periods.
    pollux::Slot* take_due(int64_t now) {
        if (entries_.size() == 0 || entries_[0].deadline > now) return nullptr;
        pollux::Slot& slot = handles_.at(entries_[0].slot);
        stop(slot);
        return &slot;
    }

private:
    void forget(pollux::Slot& slot) {
        if (!slot.is_listed) return;
        slot.is_listed = false;
        take_out(slot.timer.order);
    }

    static constexpr size_t kChildren = 4;
    struct Entry {
        int64_t deadline;
        uint32_t order;
        uint32_t slot;
    };

    static bool comes_before(const Entry& left, const Entry& right) {
        if (left.deadline != right.deadline) return left.deadline < right.deadline;
        return static_cast<int32_t>(left.order - right.order) < 0;
    }

    void put(size_t at, const Entry& entry) {
        entries_[at] = entry;
        handles_.at(entry.slot).timer.order = static_cast<uint32_t>(at);
    }

    // The entry goes to the hole at `at`, or to where it belongs.
    void place(size_t at, const Entry& entry) {
        if (at != 0 && comes_before(entry, entries_[(at - 1) / kChildren])) {
            rise(at, entry);
        } else {
            sink(at, entry);
        }
    }

    void rise(size_t at, const Entry& entry) {
        while (at != 0) {
            const size_t parent = (at - 1) / kChildren;
            if (!comes_before(entry, entries_[parent])) break;
            put(at, entries_[parent]);
            at = parent;
        }
        put(at, entry);
    }

    void sink(size_t at, const Entry& entry) {
        for (;;) {
            const size_t first = at * kChildren + 1;
            if (first >= entries_.size()) break;
            const size_t end = std::min(first + kChildren, entries_.size());
            size_t least = first;
            for (size_t child = first + 1; child < end; ++child) {
                if (comes_before(entries_[child], entries_[least])) least = child;
            }
            if (!comes_before(entries_[least], entry)) break;
            put(at, entries_[least]);
            at = least;
        }
        put(at, entry);
    }

    void take_out(size_t at) {
        const Entry last = entries_[entries_.size() - 1];
        entries_.pop();
        if (at != entries_.size()) place(at, last);
    }

    pollux::HandleTable& handles_;
    pollux::Buffer<Entry> entries_;
    uint32_t next_order_ = 0;
};

}  // namespace bench
