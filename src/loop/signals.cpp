// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

#include <signal.h>

#include <cerrno>

namespace pollux {

int Loop::start_signal(plx_handle* out, int signo, plx_signal_fn fn, void* user) noexcept {
    Slot* slot = handles_.open(PLX_KIND_SIGNAL, user);
    if (slot == nullptr) return -ENOMEM;
    const int rc = signals_.subscribe(signo);
    if (rc < 0) {
        handles_.close(*slot);
        return rc;
    }
    slot->on_signal = fn;
    slot->signal.signo = signo;
    signal_list_.append(static_cast<uint32_t>(slot->handle), stats_.iterations);
    *out = slot->handle;
    return 0;
}

void Loop::release_signal(plx_handle handle, Slot& slot) noexcept {
    signals_.unsubscribe(slot.signal.signo);
    signal_list_.remove(static_cast<uint32_t>(handle));
}

bool Loop::run_signals(const SignalWatch::Set& arrived) noexcept {
    if (arrived.is_empty()) return true;
    signal_list_.start_walk();
    for (;;) {
        const uint32_t index = signal_list_.walk(stats_.iterations);
        if (index == kNoSlot) break;
        Slot& slot = handles_.at(index);
        const int signo = slot.signal.signo;
        if (!arrived.has(signo)) continue;
        const plx_handle handle = slot.handle;
        ++stats_.signals;
        const bool goes_on = call(PLX_KIND_SIGNAL, handle, static_cast<uint32_t>(signo),
                                  [&] { slot.on_signal(outside(), handle, signo, slot.user); });
        if (!goes_on) return false;
    }
    return !arrived.has(SIGCHLD) || run_children();
}

}  // namespace pollux
