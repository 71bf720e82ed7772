// SPDX-License-Identifier: MIT
// poll by hand: an array for the kernel, one beside it for the handlers, and where each fd is.
// With `kOnce` each event disarms its entry.
#include "loops/contender_of.hpp"
#include "support/doorbell.hpp"
#include "support/process.hpp"
#include "work/wake.hpp"

#include <poll.h>

#include <cerrno>
#include <vector>

namespace bench {

namespace {

template <bool kOnce = false>
class PollLoop {
public:
    struct Watch {};

    template <typename Handler>
    void add(int fd, Handler* handler) {
        const auto slot = static_cast<size_t>(fd);
        if (slot >= index_of_.size()) index_of_.resize(slot + 1);
        index_of_[slot] = fds_.size();
        fds_.push_back({fd, POLLIN, 0});
        handlers_.push_back(handler);
    }

    template <typename Handler>
    requires(kOnce) void add_once(int fd, Handler* handler) { add(fd, handler); }
    // An entry with a negative descriptor is passed over.
    template <typename Handler>
    void rearm(int fd, Handler*) {
        fds_[index_of(fd)].fd = fd;
    }
    template <typename Handler>
    void set_writable(int fd, Handler*, bool on) {
        fds_[index_of(fd)].events = on ? POLLIN | POLLOUT : POLLIN;
    }

    template <typename Handler>
    void remove(int fd, Handler*) {
        const size_t index = index_of(fd);
        fds_[index] = fds_.back();
        handlers_[index] = handlers_.back();
        const int moved = fds_[index].fd;
        index_of_[static_cast<size_t>(moved < 0 ? ~moved : moved)] = index;
        fds_.pop_back();
        handlers_.pop_back();
    }

    template <typename Handler>
    void run() {
        stopped_ = false;
        while (!stopped_)
            wait<Handler>(-1);
    }

    void stop() { stopped_ = true; }

    template <typename Handler>
    void turn() {
        wait<Handler>(0);
    }
    template <typename Handler>
    void tick(int64_t period_ns, uint64_t count) {
        tick_by_timeout(period_ns, count,
                        [this](int64_t left) { wait<Handler>(milliseconds_up(left)); });
    }

private:
    size_t index_of(int fd) const { return index_of_[static_cast<size_t>(fd)]; }

    template <typename Handler>
    void wait(int timeout_ms) {
        int ready = poll(fds_.data(), static_cast<nfds_t>(fds_.size()), timeout_ms);
        if (ready < 0 && errno != EINTR) fail("poll");
        for (size_t i = 0; ready > 0; ++i) {
            if (fds_[i].revents == 0) continue;
            --ready;
            if constexpr (kOnce) fds_[i].fd = ~fds_[i].fd;
            static_cast<Handler*>(handlers_[i])->ready();
        }
    }

    std::vector<pollfd> fds_;
    std::vector<void*> handlers_;
    std::vector<size_t> index_of_;
    bool stopped_ = false;
};

class PollWaker {
public:
    PollWaker() { loop_.add(doorbell_.fd(), this); }

    void wake() { doorbell_.ring(); }
    void wait() { loop_.run<PollWaker>(); }
    void ready() {
        doorbell_.answer();
        loop_.stop();
    }

private:
    PollLoop<> loop_;
    Doorbell doorbell_;
};

constexpr Contender contender() {
    Contender self = contender_of<PollLoop<>>("poll");
    self.one_shot = one_shot<PollLoop<true>>;
    self.wake = wake<PollWaker>;
    return self;
}

}  // namespace

extern const Contender poll_contender = contender();

}  // namespace bench
