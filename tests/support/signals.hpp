// SPDX-License-Identifier: MIT
// A signal that keeps coming, with a handler that does not restart system calls.
#pragma once

#include "support/catch.hpp"

#include <sys/time.h>

#include <csignal>

namespace support {

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

}  // namespace support
