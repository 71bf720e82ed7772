// SPDX-License-Identifier: MIT
// epoll by hand with a callback for each descriptor: what is registered leads to a function and
// what it is called with, as in any event loop. Nothing is checked.
#include "loops/contender_of.hpp"
#include "support/process.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

namespace bench {

namespace {

class EpollCallbackLoop {
public:
    struct Watch {
        void (*fn)(EpollCallbackLoop* loop, uint32_t events, void* user);
        void* user;
    };

    EpollCallbackLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) { check(epoll_, "epoll_create1"); }
    ~EpollCallbackLoop() { close(epoll_); }
    EpollCallbackLoop(const EpollCallbackLoop&) = delete;
    EpollCallbackLoop& operator=(const EpollCallbackLoop&) = delete;

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
            for (int i = 0; i < count; ++i) {
                const auto* watch = static_cast<const Watch*>(events_[i].data.ptr);
                watch->fn(this, events_[i].events, watch->user);
            }
        }
    }

    void stop() { stopped_ = true; }

private:
    static constexpr int kCapacity = 1024;

    template <typename Handler>
    void add_for(uint32_t events, int fd, Handler* handler) {
        handler->watch = {
            [](EpollCallbackLoop*, uint32_t, void* user) { static_cast<Handler*>(user)->ready(); },
            handler};
        epoll_event event{};
        event.events = events;
        event.data.ptr = &handler->watch;
        check(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "EPOLL_CTL_ADD");
    }

    const int epoll_;
    bool stopped_ = false;
    epoll_event events_[kCapacity];
};

}  // namespace

extern const Contender epoll_callback_contender = contender_of<EpollCallbackLoop>("epoll-callback");

}  // namespace bench
