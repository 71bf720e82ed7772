// SPDX-License-Identifier: MIT
#include "support/faults.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdio>

namespace faults {

namespace {

struct Plan {
    bool is_set = false;
    Call call = Call::kEnd;
    int error = 0;
    int skip = 0;
    int times = 0;
    bool has_struck = false;
};

thread_local Plan plan;
thread_local uint64_t counts[static_cast<int>(Call::kEnd)];
std::atomic<int64_t> live = 0;
std::atomic<bool> privileged = false;

// What the program has tried, for its last line.
class Tally {
public:
    ~Tally() { std::printf("%d faults were injected\n", count_.load()); }
    void add() { ++count_; }

private:
    std::atomic<int> count_ = 0;
} tally;

// Counts the call; true if it has to fail, and errno says how.
bool strikes(Call call) {
    ++counts[static_cast<int>(call)];
    if (!plan.is_set || plan.call != call) return false;
    if (plan.skip > 0) {
        --plan.skip;
        return false;
    }
    if (plan.times <= 0) return false;
    --plan.times;
    plan.has_struck = true;
    tally.add();
    errno = plan.error;
    return true;
}

// What a call that fails gives.
int outcome() {
    return plan.error == kNothing ? 0 : -1;
}

void* allocated(void* memory) {
    if (memory != nullptr) ++live;
    return memory;
}

}  // namespace

Fault::Fault(Call call, int error, int skip, int times) {
    plan = {true, call, error, skip, times, false};
}

Fault::~Fault() {
    plan = {};
}

bool Fault::has_struck() const {
    return plan.has_struck;
}

uint64_t calls(Call call) {
    return counts[static_cast<int>(call)];
}

uint64_t system_calls() {
    uint64_t total = 0;
    for (int i = 0; i < static_cast<int>(Call::kEnd); ++i) {
        if (static_cast<Call>(i) != Call::kAllocate) total += counts[i];
    }
    return total;
}

int64_t live_allocations() {
    return live;
}

Privileged::Privileged() {
    privileged = true;
}

Privileged::~Privileged() {
    privileged = false;
}

}  // namespace faults

using faults::Call;
using faults::strikes;

// The names are the linker's: a call of f() reaches __wrap_f(), and __real_f() is f().
extern "C" {

#define DECLARE(result, name, ...)     \
    result __real_##name(__VA_ARGS__); \
    result __wrap_##name(__VA_ARGS__)

DECLARE(void*, malloc, size_t);
DECLARE(void*, calloc, size_t, size_t);
DECLARE(void*, realloc, void*, size_t);
DECLARE(int, posix_memalign, void**, size_t, size_t);
DECLARE(void, free, void*);
DECLARE(int, epoll_create1, int);
DECLARE(int, epoll_ctl, int, int, int, epoll_event*);
DECLARE(int, epoll_wait, int, epoll_event*, int, int);
DECLARE(long, syscall, long, ...);
DECLARE(int, eventfd, unsigned, int);
DECLARE(int, dup3, int, int, int);
DECLARE(int, fcntl, int, int, ...);
DECLARE(int, fstat, int, struct stat*);
DECLARE(int, poll, pollfd*, nfds_t, int);
DECLARE(int, ppoll, pollfd*, nfds_t, const timespec*, const sigset_t*);
DECLARE(ssize_t, read, int, void*, size_t);
DECLARE(ssize_t, write, int, const void*, size_t);
DECLARE(ssize_t, pread, int, void*, size_t, off_t);
DECLARE(ssize_t, pwrite, int, const void*, size_t, off_t);
DECLARE(int, pthread_atfork, void (*)(), void (*)(), void (*)());
DECLARE(int, pthread_create, pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
DECLARE(int, sigaction, int, const struct sigaction*, struct sigaction*);
DECLARE(char*, secure_getenv, const char*);

void* __wrap_malloc(size_t size) {
    if (strikes(Call::kAllocate)) return nullptr;
    return faults::allocated(__real_malloc(size));
}

void* __wrap_calloc(size_t count, size_t size) {
    if (strikes(Call::kAllocate)) return nullptr;
    return faults::allocated(__real_calloc(count, size));
}

void* __wrap_realloc(void* memory, size_t size) {
    if (strikes(Call::kAllocate)) return nullptr;
    void* moved = __real_realloc(memory, size);
    return memory == nullptr ? faults::allocated(moved) : moved;
}

// Gives its error instead of setting errno.
int __wrap_posix_memalign(void** memory, size_t alignment, size_t size) {
    if (strikes(Call::kAllocate)) return errno;
    const int error = __real_posix_memalign(memory, alignment, size);
    if (error == 0) faults::allocated(*memory);
    return error;
}

void __wrap_free(void* memory) {
    if (memory != nullptr) --faults::live;
    __real_free(memory);
}

int __wrap_epoll_create1(int flags) {
    return strikes(Call::kEpollCreate) ? -1 : __real_epoll_create1(flags);
}

int __wrap_epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
    return strikes(Call::kEpollControl) ? -1 : __real_epoll_ctl(epoll, operation, fd, event);
}

int __wrap_epoll_wait(int epoll, epoll_event* events, int capacity, int timeout) {
    if (strikes(Call::kEpollWait)) return faults::outcome();
    return __real_epoll_wait(epoll, events, capacity, timeout);
}

// The library makes two calls by number: pidfd_open and epoll_pwait2.
long __wrap_syscall(long number, ...) {
    const bool is_pidfd = number == SYS_pidfd_open;
    if (strikes(is_pidfd ? Call::kPidfd : Call::kEpollPwait2)) return faults::outcome();
    va_list arguments;
    va_start(arguments, number);
    long values[6];
    for (long& value : values)
        value = va_arg(arguments, long);
    va_end(arguments);
    return __real_syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

int __wrap_eventfd(unsigned count, int flags) {
    return strikes(Call::kEventfd) ? -1 : __real_eventfd(count, flags);
}

int __wrap_dup3(int from, int to, int flags) {
    return strikes(Call::kDup3) ? -1 : __real_dup3(from, to, flags);
}

int __wrap_fcntl(int fd, int command, ...) {
    if (strikes(Call::kFcntl)) return -1;
    va_list arguments;
    va_start(arguments, command);
    const long value = va_arg(arguments, long);
    va_end(arguments);
    return __real_fcntl(fd, command, value);
}

int __wrap_fstat(int fd, struct stat* file) {
    return strikes(Call::kFstat) ? -1 : __real_fstat(fd, file);
}

int __wrap_poll(pollfd* fds, nfds_t count, int timeout) {
    if (strikes(Call::kPoll)) return faults::outcome();
    return __real_poll(fds, count, timeout);
}

int __wrap_ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
    if (strikes(Call::kPoll)) return faults::outcome();
    return __real_ppoll(fds, count, timeout, mask);
}

ssize_t __wrap_read(int fd, void* bytes, size_t size) {
    return strikes(Call::kRead) ? -1 : __real_read(fd, bytes, size);
}

ssize_t __wrap_write(int fd, const void* bytes, size_t size) {
    return strikes(Call::kWrite) ? -1 : __real_write(fd, bytes, size);
}

ssize_t __wrap_pread(int fd, void* bytes, size_t size, off_t offset) {
    return strikes(Call::kPread) ? -1 : __real_pread(fd, bytes, size, offset);
}

ssize_t __wrap_pwrite(int fd, const void* bytes, size_t size, off_t offset) {
    return strikes(Call::kPwrite) ? -1 : __real_pwrite(fd, bytes, size, offset);
}

// These two give their error instead of setting errno.
int __wrap_pthread_atfork(void (*before)(), void (*in_parent)(), void (*in_child)()) {
    return strikes(Call::kAtfork) ? errno : __real_pthread_atfork(before, in_parent, in_child);
}

int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* argument) {
    if (strikes(Call::kThread)) return errno;
    return __real_pthread_create(thread, attributes, start, argument);
}

int __wrap_sigaction(int signo, const struct sigaction* action, struct sigaction* before) {
    return strikes(Call::kSigaction) ? -1 : __real_sigaction(signo, action, before);
}

char* __wrap_secure_getenv(const char* name) {
    return faults::privileged ? nullptr : __real_secure_getenv(name);
}
}
