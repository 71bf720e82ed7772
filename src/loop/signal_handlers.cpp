// SPDX-License-Identifier: MIT
// The actions of a process are one table that the program and all its libraries share. So our
// handler calls the one that it has replaced, and is taken out again only while it is on top: what
// the program has installed over it stays, and may go on calling ours.
//
// Should ours then be installed once more, on top of a handler that calls ours, one function would
// call itself for ever. Hence the layers: functions that are told apart by a number, each with a
// handler of its own to call.
#include "loop/signal_handlers.hpp"

#include "loop/signal_watch.hpp"

#include <signal.h>

#include <atomic>
#include <cerrno>

namespace pollux {

namespace {

using PlainHandler = void (*)(int);
using DetailedHandler = void (*)(int, siginfo_t*, void*);

constexpr int kLayers = 4;

// What a handler of ours has replaced, to be read by a handler while another thread changes it: at
// most one of the two is set.
struct Replaced {
    std::atomic<PlainHandler> plain;
    std::atomic<DetailedHandler> detailed;
    std::atomic<bool> is_once;  // SA_RESETHAND
    std::atomic<bool> was_default;
};

struct Record {
    Replaced layers[kLayers];
    int layer;  // that is installed, or was the last time
    bool is_buried;
    struct sigaction before;
};

// Never cleared, because a handler may still be about to begin when it has been taken out.
constinit Record records[SignalWatch::kHighest + 1] = {};

template <typename Handler>
Handler take(std::atomic<Handler>& handler, bool is_once) noexcept {
    return is_once ? handler.exchange(nullptr) : handler.load();
}

void pass_on(Replaced& replaced, int signo, siginfo_t* info, void* context) noexcept {
    const bool is_once = replaced.is_once.load();
    if (const auto detailed = take(replaced.detailed, is_once)) {
        detailed(signo, info, context);
    } else if (const auto plain = take(replaced.plain, is_once)) {
        plain(signo);
    }
}

bool is_installed(int signo, DetailedHandler handler) noexcept {
    struct sigaction now;
    if (sigaction(signo, nullptr, &now) < 0) return false;
    return (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == handler;
}

// Our handler stayed behind: the program had covered it when it should have been taken out, and has
// brought it back later. Nobody watches, so the signal does what it does without us.
void act_by_default(int signo, DetailedHandler handler) noexcept {
    if (!is_installed(signo, handler)) return;
    struct sigaction fresh = {};
    fresh.sa_handler = SIG_DFL;
    sigemptyset(&fresh.sa_mask);
    if (sigaction(signo, &fresh, nullptr) == 0) raise(signo);
}

template <int Layer>
void on_signal(int signo, siginfo_t* info, void* context) {
    if (signo < 1 || signo > SignalWatch::kHighest) return;
    const int saved = errno;
    Replaced& replaced = records[signo].layers[Layer];
    if (!tell_signal_watches(signo) && replaced.was_default.load()) {
        act_by_default(signo, on_signal<Layer>);
    }
    errno = saved;
    // Last, since it need not return.
    pass_on(replaced, signo, info, context);
}

constexpr DetailedHandler kHandlers[kLayers] = {on_signal<0>, on_signal<1>, on_signal<2>,
                                                on_signal<3>};

bool has_handler(const struct sigaction& action) noexcept {
    return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

void remember(Replaced& replaced, const struct sigaction& action) noexcept {
    const bool is_detailed = (action.sa_flags & SA_SIGINFO) != 0;
    const bool is_handled = has_handler(action);
    replaced.is_once = is_handled && (action.sa_flags & static_cast<int>(SA_RESETHAND)) != 0;
    replaced.was_default = action.sa_handler == SIG_DFL;
    replaced.detailed = is_handled && is_detailed ? action.sa_sigaction : nullptr;
    replaced.plain = is_handled && !is_detailed ? action.sa_handler : nullptr;
}

// Our action, with all of the program's terms that its handler, or its children, may rely on.
struct sigaction in_place_of(const struct sigaction& before, int signo, int layer) noexcept {
    struct sigaction ours = {};
    ours.sa_sigaction = kHandlers[layer];
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (before.sa_flags & (SA_NOCLDSTOP | SA_NOCLDWAIT));
    if (has_handler(before)) {
        ours.sa_mask = before.sa_mask;
        ours.sa_flags |= before.sa_flags & (SA_RESTART | SA_NODEFER);
    } else {
        sigemptyset(&ours.sa_mask);
        ours.sa_flags |= SA_RESTART;
    }
    // To ignore this one also means that children leave no zombies.
    if (signo == SIGCHLD && before.sa_handler == SIG_IGN) ours.sa_flags |= SA_NOCLDWAIT;
    return ours;
}

}  // namespace

int install_signal_handler(int signo) noexcept {
    Record& record = records[signo];
    const int layer = record.is_buried ? (record.layer + 1) % kLayers : record.layer;
    struct sigaction before;
    if (sigaction(signo, nullptr, &before) < 0) return -errno;
    // Before ours is in, so that the first signal is passed on already.
    remember(record.layers[layer], before);
    const struct sigaction ours = in_place_of(before, signo, layer);
    if (sigaction(signo, &ours, &record.before) < 0) return -errno;
    // The program may have changed it in another thread since the first look.
    if (record.before.sa_handler != before.sa_handler) {
        remember(record.layers[layer], record.before);
    }
    record.layer = layer;
    record.is_buried = false;
    return 0;
}

void uninstall_signal_handler(int signo) noexcept {
    Record& record = records[signo];
    const Replaced& replaced = record.layers[record.layer];
    if (!is_installed(signo, kHandlers[record.layer])) {
        record.is_buried = true;
        return;
    }
    const bool is_used_up =
        replaced.is_once && replaced.plain == nullptr && replaced.detailed == nullptr;
    if (is_used_up) record.before.sa_handler = SIG_DFL;
    sigaction(signo, &record.before, nullptr);
}

}  // namespace pollux
