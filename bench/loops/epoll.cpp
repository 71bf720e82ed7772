// SPDX-License-Identifier: MIT
// epoll by hand: what a careful programmer writes without a library.
#include "loops/contender_of.hpp"
#include "support/process.hpp"

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
        add_for(EPOLLIN, fd, handler);
    }
    template <typename Handler>
    void add_exclusive(int fd, Handler* handler) {
        add_for(EPOLLIN | EPOLLEXCLUSIVE, fd, handler);
    }

    template <typename Handler>
    void remove(int fd, Handler*) {
        check(epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr), "EPOLL_CTL_DEL");
    }

    template <typename Handler>
    void run() {
        stopped_ = false;
        while (!stopped_) {
            const int count = epoll_wait(epoll_, events_, kCapacity, -1);
            if (count < 0 && errno != EINTR) fail("epoll_wait");
            for (int i = 0; i < count; ++i)
                static_cast<Handler*>(events_[i].data.ptr)->ready();
        }
    }

    void stop() { stopped_ = true; }

private:
    static constexpr int kCapacity = 1024;

    void add_for(uint32_t events, int fd, void* handler) {
        epoll_event event{};
        event.events = events;
        event.data.ptr = handler;
        check(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "EPOLL_CTL_ADD");
    }

    const int epoll_;
    bool stopped_ = false;
    epoll_event events_[kCapacity];
};

}  // namespace

extern const Contender epoll_contender = contender_of<EpollLoop>("epoll");

}  // namespace bench
