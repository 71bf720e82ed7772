// SPDX-License-Identifier: MIT
#include "net/client_wait.hpp"

#include "support/process.hpp"

#include <poll.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace bench {

struct ClientWait::State {
    std::vector<pollfd> fds;
    std::vector<uint32_t> index_of;
    std::vector<uint32_t> ready;
};

ClientWait::ClientWait() : state_(std::make_unique<State>()) {}

ClientWait::~ClientWait() = default;

void ClientWait::add(int fd, uint32_t index) {
    state_->fds.push_back({fd, POLLIN, 0});
    state_->index_of.push_back(index);
}

std::span<const uint32_t> ClientWait::wait() {
    std::vector<pollfd>& fds = state_->fds;
    int count;
    do {
        count = poll(fds.data(), static_cast<nfds_t>(fds.size()), -1);
    } while (count < 0 && errno == EINTR);
    check(count, "poll");
    state_->ready.clear();
    for (size_t i = 0; i < fds.size(); ++i) {
        if (fds[i].revents != 0) state_->ready.push_back(state_->index_of[i]);
    }
    return state_->ready;
}

}  // namespace bench
