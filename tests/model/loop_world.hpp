// SPDX-License-Identifier: MIT
// What stands around a loop: pairs of sockets, a gate that holds work back, threads that post, and
// a program's own handlers of signals.
#pragma once

#include "loop_program.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace loop_model {

class Pairs {
public:
    bool open();
    ~Pairs();
    int fd(int end) const { return end < 0 ? -1 : fds_[static_cast<size_t>(end)]; }
    bool send(int end) const;
    void drain(int end) const;

private:
    std::array<int, kEnds> fds_{-1, -1, -1, -1, -1, -1};
};

class Gate {
public:
    void pass();
    void open();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
};

class Threads {
public:
    ~Threads();
    void start(int thread, std::function<void()> action);
    void join(int thread);
    void join_all();

private:
    std::array<std::thread, kThreads> threads_;
};

// Those that a program may watch; the number behind them cannot be caught.
int signal_number(int signal);
// Handlers that count, as a program may have them.
void install_handlers();
int raised(int signal);

int count_fds();
int64_t clock_now();

}  // namespace loop_model
