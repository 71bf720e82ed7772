// SPDX-License-Identifier: MIT
#include "loop/work_pool.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace pollux {

// Lists ------------------------------------------------------------------------------------------

void WorkPool::List::append(WorkItem* item) noexcept {
    item->next = nullptr;
    item->previous = last_;
    (last_ == nullptr ? first_ : last_->next) = item;
    last_ = item;
}

void WorkPool::List::remove(WorkItem* item) noexcept {
    (item->previous == nullptr ? first_ : item->previous->next) = item->next;
    (item->next == nullptr ? last_ : item->next->previous) = item->previous;
}

WorkItem* WorkPool::List::take_all() noexcept {
    WorkItem* all = first_;
    first_ = nullptr;
    last_ = nullptr;
    return all;
}

void WorkPool::drop(WorkItem* list) noexcept {
    while (list != nullptr) {
        WorkItem* next = list->next;
        delete list;
        list = next;
    }
}

// The loop's side --------------------------------------------------------------------------------

int WorkPool::configure(Poller* poller, uint32_t most_threads) noexcept {
    poller_ = poller;
    most_threads_ = most_threads;
    return fork_guard_.enlist();
}

int WorkPool::submit(WorkItem* item) noexcept {
    Lock lock(mutex_);
    List& queue = item->is_slow ? slow_ : fast_;
    item->order = next_order_++;
    item->state = WorkItem::kQueued;
    queue.append(item);
    ++queued_;
    const int rc = start_thread_if_needed();
    if (rc == 0) {
        changed_.notify_one();
        return 0;
    }
    queue.remove(item);
    --queued_;
    item->state = WorkItem::kNew;
    return rc;
}

bool WorkPool::cancel(WorkItem* item) noexcept {
    Lock lock(mutex_);
    if (item->state != WorkItem::kQueued) return false;
    (item->is_slow ? slow_ : fast_).remove(item);
    --queued_;
    return true;
}

WorkPool::Counts WorkPool::counts() noexcept {
    Lock lock(mutex_);
    return {queued_, running_count_, threads_.size()};
}

void WorkPool::shut_down() noexcept {
    {
        Lock lock(mutex_);
        is_shut_down_ = true;
        changed_.notify_all();
    }
    for (const pthread_t thread : threads_) {
        pthread_join(thread, nullptr);
    }
    threads_.clear();
    drop_all();
}

void WorkPool::after_fork() noexcept {
    changed_.reset_after_fork();
    threads_.clear();
    drop_all();
    drop(running_.take_all());
    queued_ = 0;
    running_count_ = 0;
    running_slow_ = 0;
    idle_threads_ = 0;
    fork_guard_.adopt();
}

void WorkPool::drop_all() noexcept {
    drop(fast_.take_all());
    drop(slow_.take_all());
    drop(done_.take_all());
}

// Threads ----------------------------------------------------------------------------------------

bool WorkPool::may_run_slow() const noexcept {
    return running_slow_ < std::max<size_t>(1, most_threads_ / 2);
}

int WorkPool::start_thread_if_needed() noexcept {
    // Idle threads that have been told of earlier items may not have taken them yet.
    if (idle_threads_ >= queued_ || threads_.size() == most_threads_) return 0;
    const int rc = start_thread();
    return threads_.size() != 0 ? 0 : rc;
}

// The program's signal handlers are for its own threads.
int WorkPool::start_thread() noexcept {
    if (!threads_.reserve(threads_.size() + 1)) return -ENOMEM;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int error = pthread_create(&thread, nullptr, thread_main, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (error != 0) return -error;
    threads_.push_within_capacity(thread);
    return 0;
}

void* WorkPool::thread_main(void* pool) noexcept {
    static_cast<WorkPool*>(pool)->work();
    return nullptr;
}

void WorkPool::work() noexcept {
    Lock lock(mutex_);
    for (;;) {
        WorkItem* item = is_shut_down_ ? nullptr : take_next();
        if (item != nullptr) {
            run(item);
            continue;
        }
        if (is_shut_down_) return;
        ++idle_threads_;
        changed_.wait(mutex_);
        --idle_threads_;
    }
}

// The older of the two heads, unless enough slow ones are running.
WorkItem* WorkPool::take_next() noexcept {
    WorkItem* fast = fast_.first();
    WorkItem* slow = may_run_slow() ? slow_.first() : nullptr;
    const bool is_slow_next = slow != nullptr && (fast == nullptr || slow->order < fast->order);
    WorkItem* item = is_slow_next ? slow : fast;
    if (item == nullptr) return nullptr;
    (item->is_slow ? slow_ : fast_).remove(item);
    --queued_;
    return item;
}

// With the mutex, which is not held while the work is done.
void WorkPool::run(WorkItem* item) noexcept {
    item->state = WorkItem::kRunning;
    running_.append(item);
    ++running_count_;
    running_slow_ += item->is_slow;
    mutex_.unlock();
    item->run();
    mutex_.lock();
    running_.remove(item);
    --running_count_;
    running_slow_ -= item->is_slow;
    item->state = WorkItem::kDone;
    // Another thread may be waiting for a slow one to end.
    if (item->is_slow && slow_.first() != nullptr) changed_.notify_one();
    if (done_.push(item)) poller_->wake();
}

}  // namespace pollux
