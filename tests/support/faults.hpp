// SPDX-License-Identifier: MIT
// Makes the library's calls of the C library fail at will, and counts them. For programs that link
// the library's objects and are linked with POLLUX_FAULTS_LINK_OPTIONS (the linker's --wrap), so
// Linux only. See faults.cmake.
#pragma once

#include <cstdint>

namespace faults {

enum class Call {
    kAllocate,  // malloc, calloc, posix_memalign, and a realloc
    kEpollCreate,
    kEpollControl,
    kEpollWait,
    kEpollPwait2,
    kEventfd,
    kDup3,
    kFcntl,
    kFstat,
    kPoll,  // poll and ppoll
    kRead,
    kWrite,
    kPread,
    kPwrite,
    kAtfork,
    kThread,
    kPidfd,
    kSigaction,
    kEnd,
};

inline constexpr int kAlways = INT32_MAX;
inline constexpr int kNothing = 0;

// While it lives, calls of this kind fail with the errno value `error`: in this thread, after the
// first `skip`, `times` of them. With kNothing a wait ends at once instead, without an event. One
// at a time in a thread.
class Fault {
public:
    Fault(Call call, int error, int skip = 0, int times = 1);
    ~Fault();
    Fault(const Fault&) = delete;
    Fault& operator=(const Fault&) = delete;

    // Has any call failed by it?
    bool has_struck() const;
};

// How many calls of a kind this thread has made, failed ones included.
uint64_t calls(Call call);

// Of all kinds but kAllocate.
uint64_t system_calls();

// Allocated and not yet freed, in all threads.
int64_t live_allocations();

// While it lives, the program counts as one with more rights than its caller (set-uid).
class Privileged {
public:
    Privileged();
    ~Privileged();
    Privileged(const Privileged&) = delete;
    Privileged& operator=(const Privileged&) = delete;
};

}  // namespace faults
