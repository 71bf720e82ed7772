// SPDX-License-Identifier: MIT
// Signals that keep coming, and actions that come and go.
#pragma once

#include "support/catch.hpp"

#include <sys/time.h>

#include <csignal>

namespace support {

// SIGALRM again and again, with a handler that does not restart system calls.
class RepeatedAlarm {
public:
    explicit RepeatedAlarm(void (*handler)(int), int period_ms = 20) {
        struct sigaction action {};
        action.sa_handler = handler;
        sigemptyset(&action.sa_mask);
        REQUIRE(sigaction(SIGALRM, &action, &before_) == 0);
        set_period(period_ms);
    }
    ~RepeatedAlarm() {
        set_period(0);
        sigaction(SIGALRM, &before_, nullptr);
    }
    RepeatedAlarm(const RepeatedAlarm&) = delete;
    RepeatedAlarm& operator=(const RepeatedAlarm&) = delete;

private:
    static void set_period(int period_ms) {
        itimerval timer{};
        timer.it_value.tv_usec = timer.it_interval.tv_usec = period_ms * 1000;
        setitimer(ITIMER_REAL, &timer, nullptr);
    }

    struct sigaction before_ {};
};

inline struct sigaction current_action(int signo) {
    struct sigaction action {};
    REQUIRE(sigaction(signo, nullptr, &action) == 0);
    return action;
}

// An action that is installed while it lives, with SIGWINCH in its mask.
class Installed {
public:
    Installed(int signo, void (*handler)(int), int flags = 0) : signo_(signo) {
        struct sigaction action {};
        action.sa_handler = handler;
        install(action, flags);
    }
    Installed(int signo, void (*handler)(int, siginfo_t*, void*), int flags = 0) : signo_(signo) {
        struct sigaction action {};
        action.sa_sigaction = handler;
        install(action, flags | SA_SIGINFO);
    }
    ~Installed() { sigaction(signo_, &before_, nullptr); }
    Installed(const Installed&) = delete;
    Installed& operator=(const Installed&) = delete;

    const struct sigaction& before() const { return before_; }

private:
    void install(struct sigaction& action, int flags) {
        sigemptyset(&action.sa_mask);
        sigaddset(&action.sa_mask, SIGWINCH);
        action.sa_flags = flags;
        REQUIRE(sigaction(signo_, &action, &before_) == 0);
    }

    int signo_;
    struct sigaction before_ {};
};

}  // namespace support
