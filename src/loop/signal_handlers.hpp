// SPDX-License-Identifier: MIT
// Our handlers in the place of the program's, and the way back. See signal_handlers.cpp.
#pragma once

namespace pollux {

// Of both, one call at a time, for signals from 1 to SignalWatch::kHighest.

// Puts our handler in; 0 or a negated errno.
int install_signal_handler(int signo) noexcept;

// Puts back what was there, unless the program has installed something else meanwhile.
void uninstall_signal_handler(int signo) noexcept;

// What our handler calls: tells those who watch the signal; false if nobody does.
// Async-signal-safe.
bool tell_signal_watches(int signo) noexcept;

}  // namespace pollux
