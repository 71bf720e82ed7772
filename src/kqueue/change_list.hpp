// SPDX-License-Identifier: MIT
// A few changes that are made by one system call, each with its own result.
#pragma once

#include "core/backend.hpp"
#include "kqueue/kevent.hpp"
#include "kqueue/translate.hpp"

#include <cstdint>

namespace pollux::kqueue {

class ChangeList {
public:
    // Each filter deleted, each added, and a stand-in deleted.
    static constexpr int kMost = 8;

    void push(const KernelEvent& change) noexcept {
        changes_[count_] = change;
        // A receipt for each change, also for one that succeeds, keeps the kernel from filling the
        // room for the others with pending events.
        changes_[count_].flags = static_cast<Flags>(change.flags | EV_RECEIPT);
        ++count_;
    }

    // The filters of `registration` that watch for one of `conditions`.
    void push_adds(const Registration& registration, uint32_t conditions) noexcept {
        push_filters(registration, conditions, to_kernel(registration.interest));
    }
    void push_deletes(const Registration& registration, uint32_t conditions) noexcept {
        push_filters(registration, conditions, EV_DELETE);
    }

    int count() const noexcept { return count_; }
    const KernelEvent& operator[](int index) const noexcept { return changes_[index]; }

    bool is_add(int index) const noexcept { return (changes_[index].flags & EV_ADD) != 0; }

    // 0 or the errno of a change, after submit().
    int error(int index) const noexcept { return errors_[index]; }

    // 0 or a negated errno if nothing is known about any change.
    int submit(int queue) noexcept;

private:
    void push_filters(const Registration& registration, uint32_t conditions,
                      uint32_t flags) noexcept {
        for (const FilterOf& each : kFilters) {
            if ((registration.interest & conditions & each.condition) == 0) continue;
            push(make_change(static_cast<Ident>(registration.fd), each.filter, flags, each.notes,
                             registration.key.generation()));
        }
    }

    KernelEvent changes_[kMost];
    int errors_[kMost];
    int count_ = 0;
};

}  // namespace pollux::kqueue
