// SPDX-License-Identifier: MIT
// Threads that join by themselves, and time. Assertions are for the main thread: a thread hands its
// findings over.
#pragma once

#include <signal.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

namespace support {

// Signals are for the main thread.
class Thread {
public:
    template <typename Body>
    explicit Thread(Body body) : thread_(start_without_signals(std::move(body))) {}
    Thread(Thread&&) = default;
    ~Thread() { join(); }

    void join() {
        if (thread_.joinable()) thread_.join();
    }

private:
    // A thread begins with the mask of its maker, so none comes to it before it runs either.
    template <typename Body>
    static std::thread start_without_signals(Body body) {
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        std::thread thread(std::move(body));
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return thread;
    }

    std::thread thread_;
};

// In a thread: signals are for it too.
inline void accept_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
}

inline int64_t nanoseconds_on(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class Stopwatch {
public:
    int64_t elapsed() const { return nanoseconds_on(CLOCK_MONOTONIC) - start_; }

private:
    int64_t start_ = nanoseconds_on(CLOCK_MONOTONIC);
};

// How long this thread has computed. A wait that blocks adds next to nothing, one that spins adds
// all its time: a machine under load can hide a spin, but never feign one.
class CpuStopwatch {
public:
    int64_t elapsed() const { return nanoseconds_on(CLOCK_THREAD_CPUTIME_ID) - start_; }

private:
    int64_t start_ = nanoseconds_on(CLOCK_THREAD_CPUTIME_ID);
};

inline void sleep_for_ms(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Gives other threads the time to block in a wait. Nothing depends on their having done so; it
// makes the interesting order the usual one.
inline void let_others_block() {
    sleep_for_ms(30);
}

// Ends the program if the scope takes a minute: for waits without a timeout.
class Watchdog {
public:
    Watchdog()
        : thread_([this] {
              for (int tenths = 0; tenths < 600 && !done_; ++tenths)
                  sleep_for_ms(100);
              if (done_) return;
              std::fputs("a wait without a timeout has not ended\n", stderr);
              std::abort();
          }) {}
    ~Watchdog() { done_ = true; }

private:
    std::atomic<bool> done_ = false;
    Thread thread_;
};

}  // namespace support
