// SPDX-License-Identifier: MIT
#include "net/client_wait.hpp"

#include "support/process.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace bench {

struct ClientWait::State {
    static constexpr int kCapacity = 1024;

    int epoll = -1;
    epoll_event events[kCapacity];
    uint32_t indices[kCapacity];
};

ClientWait::ClientWait() : state_(std::make_unique<State>()) {
    state_->epoll = epoll_create1(EPOLL_CLOEXEC);
    check(state_->epoll, "epoll_create1");
}

ClientWait::~ClientWait() {
    close(state_->epoll);
}

void ClientWait::add(int fd, uint32_t index) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = index;
    check(epoll_ctl(state_->epoll, EPOLL_CTL_ADD, fd, &event), "EPOLL_CTL_ADD");
}

std::span<const uint32_t> ClientWait::wait() {
    int count;
    do {
        count = epoll_wait(state_->epoll, state_->events, State::kCapacity, -1);
    } while (count < 0 && errno == EINTR);
    check(count, "epoll_wait");
    for (int i = 0; i < count; ++i)
        state_->indices[i] = state_->events[i].data.u32;
    return {state_->indices, static_cast<size_t>(count)};
}

}  // namespace bench
