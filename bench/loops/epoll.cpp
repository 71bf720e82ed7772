// SPDX-License-Identifier: MIT
// epoll by hand: what a careful programmer writes without a library.
#include "loops/contender_of.hpp"
#include "support/doorbell.hpp"
#include "support/process.hpp"
#include "work/wake.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

namespace bench {

namespace {

class EpollLoop {
public:
    struct Watch {};

    EpollLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) { check(epoll_, "epoll_create1"); }
    ~EpollLoop() { close(epoll_); }
    EpollLoop(const EpollLoop&) = delete;
    EpollLoop& operator=(const EpollLoop&) = delete;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        control(EPOLL_CTL_ADD, fd, EPOLLIN, handler);
    }
    template <typename Handler>
    void add_exclusive(int fd, Handler* handler) {
        control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE, handler);
    }
    template <typename Handler>
    void add_once(int fd, Handler* handler) {
        control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, handler);
    }
    template <typename Handler>
    void rearm(int fd, Handler* handler) {
        control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, handler);
    }
    template <typename Handler>
    void set_writable(int fd, Handler* handler, bool on) {
        control(EPOLL_CTL_MOD, fd, on ? EPOLLIN | EPOLLOUT : EPOLLIN, handler);
    }

    template <typename Handler>
    void remove(int fd, Handler*) {
        check(epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr), "EPOLL_CTL_DEL");
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
    template <typename Handler>
    void wait(int timeout_ms) {
        const int count = epoll_wait(epoll_, events_, kCapacity, timeout_ms);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        for (int i = 0; i < count; ++i)
            static_cast<Handler*>(events_[i].data.ptr)->ready();
    }

    void control(int operation, int fd, uint32_t events, void* handler) {
        epoll_event event{};
        event.events = events;
        event.data.ptr = handler;
        check(epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
    }

    static constexpr int kCapacity = 1024;

    const int epoll_;
    bool stopped_ = false;
    epoll_event events_[kCapacity];
};

class EpollWaker {
public:
    EpollWaker() { loop_.add(doorbell_.fd(), this); }

    void wake() { doorbell_.ring(); }
    void wait() { loop_.run<EpollWaker>(); }
    void ready() {
        doorbell_.answer();
        loop_.stop();
    }

private:
    EpollLoop loop_;
    Doorbell doorbell_;
};

constexpr Contender contender() {
    Contender self = contender_of<EpollLoop>("epoll");
    self.wake = wake<EpollWaker>;
    return self;
}

}  // namespace

extern const Contender epoll_contender = contender();

}  // namespace bench
