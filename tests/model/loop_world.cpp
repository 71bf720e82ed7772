// SPDX-License-Identifier: MIT
#include "loop_world.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace loop_model {

namespace {

volatile sig_atomic_t raised_counts[kSignals];
constexpr int kSignalNumbers[kSignals + 1] = {SIGUSR1, SIGUSR2, SIGKILL};

void count_signal(int signo) {
    const int signal = signo == SIGUSR1 ? 0 : 1;
    raised_counts[signal] = raised_counts[signal] + 1;
}

}  // namespace

bool Pairs::open() {
    for (size_t end = 0; end < kEnds; end += 2) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, &fds_[end]) != 0) return false;
    }
    for (const int fd : fds_) {
        if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return false;
    }
    return true;
}

Pairs::~Pairs() {
    for (const int fd : fds_) {
        if (fd >= 0) close(fd);
    }
}

bool Pairs::send(int end) const {
    return write(fd(end), "x", 1) == 1;
}

void Pairs::drain(int end) const {
    char bytes[256];
    ssize_t count = 0;
    do
        count = read(fd(end), bytes, sizeof bytes);
    while (count > 0 || (count < 0 && errno == EINTR));
}

void Gate::pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_open_; });
}

void Gate::open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
}

Threads::~Threads() {
    join_all();
}

void Threads::start(int thread, std::function<void()> action) {
    join(thread);
    threads_[static_cast<size_t>(thread)] = std::thread(std::move(action));
}

void Threads::join(int thread) {
    std::thread& joined = threads_[static_cast<size_t>(thread)];
    if (joined.joinable()) joined.join();
}

void Threads::join_all() {
    for (int thread = 0; thread < kThreads; ++thread)
        join(thread);
}

int signal_number(int signal) {
    return kSignalNumbers[signal];
}

void install_handlers() {
    struct sigaction action {};
    action.sa_handler = count_signal;
    action.sa_flags = SA_RESTART;
    for (int signal = 0; signal < kSignals; ++signal)
        sigaction(signal_number(signal), &action, nullptr);
}

int raised(int signal) {
    return static_cast<int>(raised_counts[signal]);
}

int count_fds() {
    constexpr int kScanned = 128;
    int count = 0;
    for (int fd = 0; fd < kScanned; ++fd)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

int64_t clock_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace loop_model
