// SPDX-License-Identifier: MIT
// Many threads push, one takes all at once. Lock-free: a push is one compare-and-swap.
#pragma once

#include <atomic>
#include <utility>

namespace pollux {

// `Node` has a member `Node* next`.
template <typename Node>
class PostQueue {
public:
    // True if the queue was empty: whoever makes it non-empty wakes the other side.
    bool push(Node* node) noexcept {
        Node* top = top_.load(std::memory_order_relaxed);
        do {
            node->next = top;
        } while (!top_.compare_exchange_weak(top, node, std::memory_order_release,
                                             std::memory_order_relaxed));
        return top == nullptr;
    }

    bool is_empty() const noexcept { return top_.load(std::memory_order_relaxed) == nullptr; }

    // All of them as a list, oldest first: those of one thread are in the order of their pushes.
    Node* take_all() noexcept {
        if (is_empty()) return nullptr;
        Node* newest = top_.exchange(nullptr, std::memory_order_acquire);
        Node* oldest = nullptr;
        while (newest != nullptr) {
            Node* older = std::exchange(newest->next, oldest);
            oldest = newest;
            newest = older;
        }
        return oldest;
    }

private:
    std::atomic<Node*> top_ = nullptr;
};

}  // namespace pollux
