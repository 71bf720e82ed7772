// SPDX-License-Identifier: MIT
// poll by hand: an array for the kernel, one beside it for the handlers, and where each fd is.
#include "loops/contender_of.hpp"
#include "support/process.hpp"

#include <poll.h>

#include <cerrno>
#include <vector>

namespace bench {

namespace {

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
    void remove(int fd, Handler*) {
        const size_t index = index_of_[static_cast<size_t>(fd)];
        fds_[index] = fds_.back();
        handlers_[index] = handlers_.back();
        index_of_[static_cast<size_t>(fds_[index].fd)] = index;
        fds_.pop_back();
        handlers_.pop_back();
    }

    template <typename Handler>
    void run() {
        stopped_ = false;
        while (!stopped_) {
            int ready = poll(fds_.data(), static_cast<nfds_t>(fds_.size()), -1);
            if (ready < 0 && errno != EINTR) fail("poll");
            for (size_t i = 0; ready > 0; ++i) {
                if (fds_[i].revents == 0) continue;
                --ready;
                static_cast<Handler*>(handlers_[i])->ready();
            }
        }
    }

    void stop() { stopped_ = true; }

private:
    std::vector<pollfd> fds_;
    std::vector<void*> handlers_;
    std::vector<size_t> index_of_;
    bool stopped_ = false;
};

}  // namespace

extern const Contender poll_contender = contender_of<PollLoop>("poll");

}  // namespace bench
