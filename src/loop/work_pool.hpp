// SPDX-License-Identifier: MIT
// Threads for what blocks. They start on demand, and none starts before there is work.
#pragma once

#include "core/fork.hpp"
#include "core/mutex.hpp"
#include "core/poller.hpp"
#include "loop/post_queue.hpp"
#include "pollux/pollux.h"

#include <cstddef>
#include <cstdint>

namespace pollux {

// A piece of work. Each kind derives from it and is allocated with malloc; the loop owns it.
struct WorkItem {
    WorkItem* next = nullptr;
    plx_handle handle = 0;
    bool is_slow = false;  // may take seconds: never more than half of the threads at once

    // In a thread of the pool.
    virtual void run() noexcept = 0;
    // In the loop's thread, after the handle was closed: 0 or -ECANCELED.
    virtual void finish(plx_loop* loop, int status) noexcept = 0;
    virtual ~WorkItem() = default;
};

class WorkPool {
public:
    // Whom a finished item wakes, and how many threads there may be; 0 or -ENOMEM.
    int configure(Poller* poller, uint32_t most_threads) noexcept;

    // 0; -EAGAIN or -ENOMEM if not even one thread could be started. The item stays the caller's
    // then.
    int submit(WorkItem* item) noexcept;

    // True if the item had not begun: it never will, and is the caller's.
    bool cancel(WorkItem* item) noexcept;

    bool has_done() const noexcept;
    // What is done, oldest first, linked by `next`; the caller's.
    WorkItem* take_done() noexcept;

    // Waits for what is running, and deletes all items without finishing them.
    void shut_down() noexcept;

    // In a child process: the threads are the parent's. Deletes all items and starts anew.
    void after_fork() noexcept;

    struct Counts {
        size_t queued;
        size_t running;
        size_t threads;
    };
    Counts counts() const noexcept;
};

}  // namespace pollux
