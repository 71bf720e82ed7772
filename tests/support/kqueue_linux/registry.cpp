// SPDX-License-Identifier: MIT
// Which kqueues this process has.
#include "failures.hpp"
#include "queue.hpp"

#include <atomic>

namespace kqueue_linux {

namespace {

using Registry = std::map<int, std::shared_ptr<Queue>>;

// Never destroyed: descriptors are closed until the very end of the process.
Registry& registry() {
    static auto* const queues = new Registry;
    return *queues;
}

std::atomic<int> count = 0;

}  // namespace

int Queue::open() {
    int error = injected_failure(0);
    if (error != 0) return -error;
    const std::shared_ptr<Queue> queue(new Queue);
    error = queue->create();
    if (error == 0) {
        try {
            registry()[queue->fd_] = queue;
        } catch (...) {
            error = ENOMEM;
        }
    }
    if (error != 0) {
        if (queue->fd_ >= 0) real_close(queue->fd_);
        return -error;
    }
    count.fetch_add(1, std::memory_order_relaxed);
    return queue->fd_;
}

std::shared_ptr<Queue> Queue::find(int fd) noexcept {
    if (!any()) return nullptr;
    const auto found = registry().find(fd);
    return found == registry().end() ? nullptr : found->second;
}

bool Queue::any() noexcept {
    return count.load(std::memory_order_relaxed) != 0;
}

void Queue::descriptor_closes(int fd) noexcept {
    const auto found = registry().find(fd);
    if (found != registry().end()) {
        found->second->close();
        registry().erase(found);
        count.fetch_sub(1, std::memory_order_relaxed);
    }
    for (const auto& [number, queue] : registry())
        queue->forget(fd);
}

void Queue::close_all() noexcept {
    for (const auto& [number, queue] : registry()) {
        queue->close();
        real_close(number);
    }
    registry().clear();
    count.store(0, std::memory_order_relaxed);
}

}  // namespace kqueue_linux
