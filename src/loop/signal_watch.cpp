// SPDX-License-Identifier: MIT
// All watches of the process. What is static here and in signal_handlers.cpp is, with the list in
// core/fork.cpp, the only process-wide state of the library: the kernel has one handler per signal
// and process, whatever the number of loops.
//
// A signal handler walks the list of watches without a lock. It counts itself in before and out
// after the walk; whoever takes a watch out of the list waits until no handler is counted.
#include "loop/signal_watch.hpp"

#include "loop/signal_handlers.hpp"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <cerrno>

namespace pollux {

namespace {

constinit pthread_mutex_t hub_mutex = PTHREAD_MUTEX_INITIALIZER;
constinit bool has_fork_handlers = false;
constinit std::atomic<SignalWatch*> first_watch = nullptr;
constinit std::atomic<uint32_t> handlers_running = 0;
constinit uint32_t watches_of[SignalWatch::kHighest + 1] = {};

// No handler runs in this thread, so none can leave the scope by a long jump.
class [[nodiscard]] SignalsBlocked {
public:
    SignalsBlocked() noexcept {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

class [[nodiscard]] HubLock {
public:
    HubLock() noexcept { pthread_mutex_lock(&hub_mutex); }
    ~HubLock() { pthread_mutex_unlock(&hub_mutex); }
    HubLock(const HubLock&) = delete;
    HubLock& operator=(const HubLock&) = delete;

private:
    const SignalsBlocked blocked_;
};

// Sleeps, because a real-time thread that yields does so only to its equals.
void wait_for_handlers() noexcept {
    while (handlers_running.load() != 0) {
        const timespec moment{0, 50'000};
        nanosleep(&moment, nullptr);
    }
}

bool can_be_watched(int signo) noexcept {
    if (signo < 1 || signo > SignalWatch::kHighest) return false;
    constexpr int kRefused[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (const int refused : kRefused) {
        if (signo == refused) return false;
    }
    return true;
}

}  // namespace

class SignalHub {
public:
    static int add(SignalWatch& watch, int signo) noexcept;
    static void remove(SignalWatch& watch, int signo) noexcept;
    static bool tell(int signo) noexcept;

private:
    static void link(SignalWatch& watch) noexcept;
    static void unlink(const SignalWatch& watch) noexcept;
    static void forget(SignalWatch& watch, int signo) noexcept;
    static int register_fork_handlers() noexcept;
    static void after_fork_in_child() noexcept;
};

int SignalHub::register_fork_handlers() noexcept {
    if (has_fork_handlers) return 0;
    const int error =
        pthread_atfork([] { pthread_mutex_lock(&hub_mutex); },
                       [] { pthread_mutex_unlock(&hub_mutex); }, [] { after_fork_in_child(); });
    has_fork_handlers = error == 0;
    return -error;
}

// Handlers that other threads were in are not in this process, and the signals that they told of
// were the parent's.
void SignalHub::after_fork_in_child() noexcept {
    handlers_running.store(0);
    for (SignalWatch* watch = first_watch; watch != nullptr; watch = watch->next_) {
        watch->forget_pending();
    }
    pthread_mutex_unlock(&hub_mutex);
}

void SignalHub::link(SignalWatch& watch) noexcept {
    watch.next_ = first_watch.load();
    first_watch = &watch;
}

void SignalHub::unlink(const SignalWatch& watch) noexcept {
    std::atomic<SignalWatch*>* place = &first_watch;
    while (*place != &watch) {
        place = &place->load()->next_;
    }
    *place = watch.next_.load();
}

int SignalHub::add(SignalWatch& watch, int signo) noexcept {
    const HubLock lock;
    int rc = register_fork_handlers();
    if (rc < 0) return rc;
    if (watch.wanted_count_++ == 0) link(watch);
    watch.wanted_[signo / SignalWatch::kWordBits] |= SignalWatch::bit_of(signo);
    rc = watches_of[signo] == 0 ? install_signal_handler(signo) : 0;
    if (rc < 0) {
        forget(watch, signo);
        return rc;
    }
    ++watches_of[signo];
    return 0;
}

void SignalHub::remove(SignalWatch& watch, int signo) noexcept {
    const HubLock lock;
    if (--watches_of[signo] == 0) uninstall_signal_handler(signo);
    forget(watch, signo);
}

void SignalHub::forget(SignalWatch& watch, int signo) noexcept {
    const int word = signo / SignalWatch::kWordBits;
    watch.wanted_[word] &= ~SignalWatch::bit_of(signo);
    if (--watch.wanted_count_ == 0) unlink(watch);
    wait_for_handlers();
    watch.pending_[word] &= ~SignalWatch::bit_of(signo);
}

bool SignalHub::tell(int signo) noexcept {
    const SignalsBlocked blocked;
    bool is_watched = false;
    // Sequentially consistent, here and where a watch is taken out: either this walk does not see
    // it, or the other side sees this count.
    handlers_running.fetch_add(1);
    for (SignalWatch* watch = first_watch; watch != nullptr; watch = watch->next_) {
        if (!watch->wants(signo)) continue;
        watch->raise(signo);
        is_watched = true;
    }
    handlers_running.fetch_sub(1);
    return is_watched;
}

bool tell_signal_watches(int signo) noexcept {
    return SignalHub::tell(signo);
}

SignalWatch::~SignalWatch() {
    for (int signo = 1; signo <= kHighest && wanted_count_ != 0; ++signo) {
        if (subscriptions_[signo] == 0) continue;
        subscriptions_[signo] = 1;
        unsubscribe(signo);
    }
}

int SignalWatch::subscribe(int signo) noexcept {
    if (!can_be_watched(signo)) return -EINVAL;
    const int rc = subscriptions_[signo] == 0 ? SignalHub::add(*this, signo) : 0;
    if (rc == 0) ++subscriptions_[signo];
    return rc;
}

void SignalWatch::unsubscribe(int signo) noexcept {
    if (--subscriptions_[signo] == 0) SignalHub::remove(*this, signo);
}

void SignalWatch::raise(int signo) noexcept {
    pending_[signo / kWordBits].fetch_or(bit_of(signo), std::memory_order_relaxed);
    // An exchange and no store: whoever sees the last of several raises sees the others too.
    is_pending_.exchange(true, std::memory_order_acq_rel);
    doorbell_->ring();
}

SignalWatch::Set SignalWatch::take_pending() noexcept {
    Set set = {};
    if (!is_pending() || !is_pending_.exchange(false, std::memory_order_acq_rel)) return set;
    for (int word = 0; word < kWords; ++word) {
        set.words[word] = pending_[word].exchange(0, std::memory_order_relaxed);
    }
    return set;
}

void SignalWatch::forget_pending() noexcept {
    is_pending_ = false;
    for (std::atomic<uint32_t>& word : pending_) {
        word = 0;
    }
}

}  // namespace pollux
