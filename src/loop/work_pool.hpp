// SPDX-License-Identifier: MIT
// Threads for what blocks. They start on demand, and none starts before there is work.
#pragma once

#include "core/buffer.hpp"
#include "core/fork.hpp"
#include "core/mutex.hpp"
#include "loop/condition.hpp"
#include "loop/doorbell.hpp"
#include "loop/post_queue.hpp"
#include "pollux/pollux.h"

#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace pollux {

// A piece of work. Each kind derives from it; whoever holds it deletes it.
struct WorkItem {
    WorkItem* next = nullptr;
    WorkItem* previous = nullptr;
    plx_handle handle = 0;
    uint64_t order = 0;
    bool is_queued = false;
    bool is_slow = false;  // may take seconds: never more than half of the threads at once

    WorkItem() = default;
    WorkItem(const WorkItem&) = delete;
    WorkItem& operator=(const WorkItem&) = delete;
    virtual ~WorkItem() = default;

    // In a thread of the pool.
    virtual void run() noexcept = 0;
    // In the loop's thread, after the handle was closed: 0 or -ECANCELED.
    virtual void finish(plx_loop* loop, int status) noexcept = 0;

    static void* operator new(size_t size) noexcept { return std::malloc(size); }
    static void operator delete(void* memory) noexcept { std::free(memory); }
};

class WorkPool {
public:
    WorkPool() noexcept : fork_guard_(mutex_) {}
    // After shut_down().
    ~WorkPool() = default;
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    // What a finished item rings, and how many threads there may be; 0 or -ENOMEM.
    int configure(Doorbell* doorbell, uint32_t most_threads) noexcept;

    // 0; -EAGAIN or -ENOMEM if not even one thread could be started. The item stays the caller's
    // then.
    int submit(WorkItem* item) noexcept;

    // True if the item had not begun: it never will, and is the caller's.
    bool cancel(WorkItem* item) noexcept;

    bool has_done() const noexcept { return !done_.is_empty(); }
    // What is done, oldest first, linked by `next`; the caller's.
    WorkItem* take_done() noexcept { return done_.take_all(); }

    // Waits for what is running, and deletes all items without finishing them. Also right in a
    // child process, where there is nothing to wait for.
    void shut_down() noexcept;

    // In a child process: the threads are the parent's. Deletes all items and starts anew.
    void after_fork() noexcept;

    struct Counts {
        size_t queued;
        size_t running;
        size_t threads;
    };
    Counts counts() noexcept;

    // Deletes a list of items.
    static void drop(WorkItem* list) noexcept;

private:
    // Oldest first.
    class List {
    public:
        WorkItem* first() const noexcept { return first_; }
        size_t size() const noexcept { return size_; }
        void append(WorkItem* item) noexcept;
        void remove(WorkItem* item) noexcept;
        WorkItem* take_all() noexcept;

    private:
        WorkItem* first_ = nullptr;
        WorkItem* last_ = nullptr;
        size_t size_ = 0;
    };

    // All of these with the mutex held.
    List& queue_of(const WorkItem& item) noexcept { return item.is_slow ? slow_ : fast_; }
    size_t free_for_slow() const noexcept;
    size_t ready() const noexcept;
    int call_thread() noexcept;
    int start_thread() noexcept;
    void drop_all() noexcept;

    // In a thread of the pool.
    static void* thread_main(void* pool) noexcept;
    void serve() noexcept;
    WorkItem* wait_for_item() noexcept;
    WorkItem* take_next() noexcept;
    void run(WorkItem* item) noexcept;

    Doorbell* doorbell_ = nullptr;
    uint32_t most_threads_ = 0;

    // Guards what follows. done_ is taken without it, but only pushed with it: so each item is in
    // exactly one list at the moment of a fork.
    Mutex mutex_;
    ForkGuard fork_guard_;
    Condition changed_;
    List fast_;
    List slow_;
    List running_;
    uint64_t next_order_ = 0;
    size_t running_slow_ = 0;
    size_t idle_ = 0;  // threads that will look for work before they wait again
    bool is_shut_down_ = false;
    Buffer<pthread_t> threads_;
    PostQueue<WorkItem> done_;
};

}  // namespace pollux
