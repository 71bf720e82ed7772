// SPDX-License-Identifier: MIT
// The seam. A backend turns registrations into system calls and kernel records into plain events,
// and knows nothing else: it never calls upward, never runs a callback, never retries after EINTR
// and never decides policy.
#pragma once

#include "core/mutex.hpp"
#include "pollux/pollux.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace pollux {

// Which registration an event belongs to: the descriptor number is the slot, and each add, modify
// or remove of a slot takes a new generation. It rides in the kernel's user data and comes back
// with each event.
struct Key {
    uint64_t value = 0;

    static constexpr Key of(int fd, uint32_t generation) noexcept {
        return {uint64_t{generation} << 32 | static_cast<uint32_t>(fd)};
    }
    constexpr uint32_t slot() const noexcept { return static_cast<uint32_t>(value); }
    constexpr uint32_t generation() const noexcept { return static_cast<uint32_t>(value >> 32); }
    friend constexpr bool operator==(Key, Key) noexcept = default;
};

// No registration has generation 0: the event of a wake. Its slot is any that is in the interest
// table at all times, so that every event can be looked up there without a check.
inline constexpr Key kWakeKey = Key::of(1, 0);
// No registration either: an event that only makes a wait look again.
inline constexpr Key kRetryKey = Key::of(2, 0);

inline constexpr uint32_t kConditions = PLX_READABLE | PLX_WRITABLE | PLX_PRIORITY;
inline constexpr uint32_t kModes = PLX_EDGE | PLX_ONESHOT | PLX_EXCLUSIVE;

// Without a condition a registration is paused: the kernel must report nothing of it, no hang-up
// either.
constexpr bool is_paused(uint32_t interest) noexcept {
    return (interest & kConditions) == 0;
}

struct Registration {
    int fd;
    uint32_t interest;
    Key key;
};

// What modify and remove answer on success.
enum : int {
    kDone = 0,
    // The kernel refused to delete by number (the number was closed or reused): if a duplicate
    // keeps the old file open, events of the old key go on. The caller rebuilds when one shows up.
    kLeftBehind = 1,
};

class Backend {
public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    // Closes what the backend opened. In a child process it must not touch what it shares with the
    // parent.
    virtual ~Backend() = default;

    // add, modify, remove, rebuild and native_fd are called by one thread at a time, while any
    // number of threads are inside wait() or wake(). A change takes effect on waits in progress. On
    // failure (a negated errno) nothing has changed.

    // `now.fd` is not registered. A number that is not open is -EBADF, what cannot be watched is
    // -EPERM, paused or not. What is ready already is reported.
    virtual int add(const Registration& now) noexcept = 0;

    // `was` is what add or the last modify was given. The mode of `now` holds whole, a fired
    // one-shot is armed again, and what is ready already is reported under the new key. Should the
    // kernel have lost the old registration, it is made.
    virtual int modify(const Registration& was, const Registration& now) noexcept = 0;

    // Never fails: kDone or kLeftBehind. `was.fd` may be closed, or be another file by now.
    virtual int remove(const Registration& was) noexcept = 0;

    // Replaces the kernel's set by one that holds exactly `all`; waits in progress move to it (one
    // may return kRetryKey). Entries that cannot be registered any more (closed, or another file by
    // now) are left out. Only called after kLeftBehind, so a backend that never answers that need
    // not have it.
    virtual int rebuild(const Registration* all, size_t count) noexcept;

    // Blocks until something is ready, a wake, a signal (-EINTR) or the timeout. 0 means that time
    // may be up: the caller looks at the clock and comes again. A negative timeout is for ever, 0
    // does not block. Fills `records`, which has room for `capacity` of them in the layout that
    // BackendInfo tells, one per descriptor: its key and what is ready. A wake is a record with
    // kWakeKey; whatever made it readable has been drained. Stale keys may be among the records,
    // and a fired one-shot may show up again: the caller sorts them out. Any number of threads.
    virtual int wait(void* records, int capacity, int64_t timeout_ns) noexcept = 0;

    // Makes at least one wait, in progress or next, report kWakeKey. Async-signal-safe. Any number
    // of threads.
    virtual int wake() noexcept = 0;

    // A descriptor that is readable when there are events, or -ENOTSUP. Called under the same rule
    // as add.
    virtual int native_fd() noexcept;

    // The library depends on libc alone, so memory comes from malloc; out of memory is nullptr, not
    // an exception.
    static void* operator new(size_t size) noexcept { return std::malloc(size); }
    static void operator delete(void* memory) noexcept { std::free(memory); }
};

// Where in a record its parts are, in bytes: the key's value, and what is ready as a uint32_t of
// PLX_READABLE and so on. A record is not larger than a plx_event. A backend whose kernel has such
// records lets it write them, and nothing is copied twice.
inline constexpr uint32_t kPackedRecord = 12;  // epoll's on x86
inline constexpr uint32_t kRecord = 16;
struct RecordLayout {
    uint32_t size;  // one of these
    uint32_t key;
    uint32_t events;

    Key key_of(const unsigned char* record) const noexcept {
        Key result;
        std::memcpy(&result.value, record + key, sizeof result.value);
        return result;
    }
    uint32_t events_of(const unsigned char* record) const noexcept {
        uint32_t result;
        std::memcpy(&result, record + events, sizeof result);
        return result;
    }
};

// For backends that write the records themselves: events with the key's value for a token.
inline constexpr RecordLayout kEventLayout{sizeof(plx_event), offsetof(plx_event, token),
                                           offsetof(plx_event, events)};

// What a backend exports: one constant of this type, named in the table that CMake generates.
struct BackendInfo {
    uint32_t id;
    const char* name;
    uint32_t capabilities;
    RecordLayout records;
    // 0 and a backend to be deleted by the caller, or a negated errno and nothing. `changes`
    // outlives the backend: it is what the caller of add, modify, remove, rebuild and native_fd
    // holds, and what wait() takes to look at their effect.
    int (*create)(Backend** out, Mutex& changes) noexcept;
};

}  // namespace pollux
