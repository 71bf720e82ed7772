// SPDX-License-Identifier: MIT
// On BSD the knotes of a descriptor go when its number is closed, even if a duplicate keeps the
// file open. On Linux nobody tells, so close(), dup2() and dup3() are put in front of the C
// library's: what is defined in the executable is what shared libraries call, too.
#include "descriptors.hpp"

#include "giant.hpp"
#include "queue.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <optional>

// What a sanitizer that is linked into the executable (clang's are) has under these names: our
// definitions replace its own, and it must still learn which numbers are closed.
extern "C" {
__attribute__((weak)) int __interceptor_close(int fd);
__attribute__((weak)) int __interceptor_dup2(int from, int to);
__attribute__((weak)) int __interceptor_dup3(int from, int to, int flags);
}

namespace kqueue_linux {

namespace {

// The definition behind ours: a sanitizer's or the C library's.
template <typename Function>
class Next {
public:
    constexpr Next(const char* name, Function* sanitizers) noexcept
        : name_(name), function_(sanitizers) {}
    Function* get() noexcept {
        Function* function = function_.load(std::memory_order_relaxed);
        if (function == nullptr) {
            function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_));
            function_.store(function, std::memory_order_relaxed);
        }
        return function;
    }

private:
    const char* name_;
    std::atomic<Function*> function_;
};

constinit Next<int(int)> next_close("close", __interceptor_close);
constinit Next<int(int, int)> next_dup2("dup2", __interceptor_dup2);
constinit Next<int(int, int, int)> next_dup3("dup3", __interceptor_dup3);

void tell_that_it_closes(int fd) noexcept {
    const int before = errno;
    Queue::descriptor_closes(fd);
    errno = before;
}

bool replaces(int from, int to) noexcept {
    return from != to && to >= 0 && fcntl(from, F_GETFD) >= 0;
}

// Held over a fork. Of the thread, as several may be about to fork.
thread_local std::optional<Giant> at_fork;

void before_fork() noexcept {
    at_fork.emplace();
}

void after_fork_in_parent() noexcept {
    at_fork.reset();
}

void after_fork_in_child() noexcept {
    Queue::close_all();
    at_fork.reset();
}

// Early, so that these handlers come before those of the libraries under test: a library may hold
// its own locks while it calls kevent(), so its fork handler must not wait for them under Giant.
// Handlers that prepare run in the reverse order of their registration.
__attribute__((constructor)) void register_fork_handlers() noexcept {
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    next_close.get();
    next_dup2.get();
    next_dup3.get();
}

}  // namespace

int real_close(int fd) noexcept {
    return next_close.get()(fd);
}

}  // namespace kqueue_linux

extern "C" int close(int fd) {
    using namespace kqueue_linux;
    if (!Queue::any()) return real_close(fd);
    const Giant giant;
    tell_that_it_closes(fd);
    return real_close(fd);
}

extern "C" int dup2(int from, int to) noexcept {
    using namespace kqueue_linux;
    if (!Queue::any()) return next_dup2.get()(from, to);
    const Giant giant;
    if (replaces(from, to)) tell_that_it_closes(to);
    return next_dup2.get()(from, to);
}

extern "C" int dup3(int from, int to, int flags) noexcept {
    using namespace kqueue_linux;
    if (!Queue::any()) return next_dup3.get()(from, to, flags);
    const Giant giant;
    if (replaces(from, to) && (flags & ~O_CLOEXEC) == 0) tell_that_it_closes(to);
    return next_dup3.get()(from, to, flags);
}
