// SPDX-License-Identifier: MIT
// kevent(2) without the differences between the systems.
#pragma once

#include "core/backend.hpp"
#include "kqueue/system.hpp"

#include <cerrno>
#include <cstdint>
#include <type_traits>

namespace pollux::kqueue {

// `udata` is as wide as a pointer, which on a 32-bit system leaves no room for the slot. That is
// the ident anyway.
constexpr Key key_of(Ident ident, uint32_t generation) noexcept {
    return Key::of(static_cast<int>(ident), generation);
}

template <typename To = UserData>
To to_user_data(uint32_t generation) noexcept {
    if constexpr (std::is_pointer_v<To>) {
        return reinterpret_cast<To>(uintptr_t{generation});
    } else {
        return static_cast<To>(generation);
    }
}

template <typename From>
uint32_t generation_of(From user_data) noexcept {
    if constexpr (std::is_pointer_v<From>) {
        return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(user_data));
    } else {
        return static_cast<uint32_t>(user_data);
    }
}

inline KernelEvent make_change(Ident ident, Filter filter, uint32_t flags, Notes notes,
                               uint32_t generation) noexcept {
    // Also zeroes the fields that only some systems have.
    KernelEvent change{};
    change.ident = ident;
    change.filter = filter;
    change.flags = static_cast<Flags>(flags);
    change.fflags = notes;
    change.udata = to_user_data(generation);
    return change;
}

// The counts are int, but size_t on NetBSD.
template <typename Count>
int call_as(int (*function)(int, const KernelEvent*, Count, KernelEvent*, Count, const timespec*),
            int queue, const KernelEvent* changes, int change_count, KernelEvent* events,
            int capacity, const timespec* timeout) noexcept {
    const int count = function(queue, changes, static_cast<Count>(change_count), events,
                               static_cast<Count>(capacity), timeout);
    return count < 0 ? -errno : count;
}

// The number of events or a negated errno.
inline int call_kevent(int queue, const KernelEvent* changes, int change_count, KernelEvent* events,
                       int capacity, const timespec* timeout) noexcept {
    return call_as(::kevent, queue, changes, change_count, events, capacity, timeout);
}

}  // namespace pollux::kqueue
