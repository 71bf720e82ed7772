// SPDX-License-Identifier: MIT
#include "loop/work_pool.hpp"

#include <pthread.h>
#include <signal.h>

#include <cerrno>

namespace pollux {

namespace {

// Signals are for the program's own threads. Those that a thread brings upon itself stay with it:
// blocked, they would end the process past any handler.
void block_signals(sigset_t* before) noexcept {
    sigset_t blocked;
    sigfillset(&blocked);
    constexpr int kOwn[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    for (const int own : kOwn) {
        sigdelset(&blocked, own);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

}  // namespace

// Lists ------------------------------------------------------------------------------------------

void WorkPool::List::append(WorkItem* item) noexcept {
    item->next = nullptr;
    item->previous = last_;
    (last_ == nullptr ? first_ : last_->next) = item;
    last_ = item;
    ++size_;
}

void WorkPool::List::remove(WorkItem* item) noexcept {
    (item->previous == nullptr ? first_ : item->previous->next) = item->next;
    (item->next == nullptr ? last_ : item->next->previous) = item->previous;
    --size_;
}

WorkItem* WorkPool::List::take_all() noexcept {
    WorkItem* all = first_;
    *this = {};
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

int WorkPool::configure(Doorbell* doorbell, uint32_t most_threads) noexcept {
    doorbell_ = doorbell;
    most_threads_ = most_threads;
    return fork_guard_.enlist();
}

int WorkPool::submit(WorkItem* item) noexcept {
    const Lock lock(mutex_);
    item->order = next_order_++;
    queue_of(*item).append(item);
    item->is_queued = true;
    const int rc = call_thread();
    if (rc < 0) {
        queue_of(*item).remove(item);
        item->is_queued = false;
    }
    return rc;
}

bool WorkPool::cancel(WorkItem* item) noexcept {
    const Lock lock(mutex_);
    if (!item->is_queued) return false;
    queue_of(*item).remove(item);
    item->is_queued = false;
    return true;
}

WorkPool::Counts WorkPool::counts() noexcept {
    const Lock lock(mutex_);
    return {fast_.size() + slow_.size(), running_.size(), threads_.size()};
}

void WorkPool::shut_down() noexcept {
    if (fork_guard_.is_foreign()) {
        after_fork();
        return;
    }
    {
        const Lock lock(mutex_);
        is_shut_down_ = true;
        changed_.notify_all();
    }
    for (const pthread_t thread : threads_) {
        pthread_join(thread, nullptr);
    }
    threads_.clear();
    idle_ = 0;
    drop_all();
}

void WorkPool::after_fork() noexcept {
    changed_.reset_after_fork();
    threads_.clear();
    idle_ = 0;
    running_slow_ = 0;
    drop(running_.take_all());
    drop_all();
    fork_guard_.adopt();
}

void WorkPool::drop_all() noexcept {
    drop(fast_.take_all());
    drop(slow_.take_all());
    drop(done_.take_all());
}

size_t WorkPool::free_for_slow() const noexcept {
    const size_t most = most_threads_ < 2 ? 1 : most_threads_ / 2;
    return most - running_slow_;
}

// How many of the queued items may begin, if there are threads.
size_t WorkPool::ready() const noexcept {
    const size_t free = free_for_slow();
    return fast_.size() + (slow_.size() < free ? slow_.size() : free);
}

// Sees to it that there is a thread for each item that may begin: an idle one, or a new one. Slow
// work that ends needs no such call, as its thread looks for the next itself.
int WorkPool::call_thread() noexcept {
    const size_t wanted = ready();
    if (wanted == 0) return 0;
    if (wanted <= idle_) {
        changed_.notify_one();
        return 0;
    }
    if (threads_.size() >= most_threads_) return 0;
    const int rc = start_thread();
    return threads_.size() == 0 ? rc : 0;
}

int WorkPool::start_thread() noexcept {
    if (!threads_.reserve(threads_.size() + 1)) return -ENOMEM;
    sigset_t before;
    block_signals(&before);
    pthread_t thread;
    const int error = pthread_create(&thread, nullptr, thread_main, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (error != 0) return -error;
    threads_.push_within_capacity(thread);
    ++idle_;
    return 0;
}

// Threads ----------------------------------------------------------------------------------------

void* WorkPool::thread_main(void* pool) noexcept {
    static_cast<WorkPool*>(pool)->serve();
    return nullptr;
}

void WorkPool::serve() noexcept {
    const Lock lock(mutex_);
    while (WorkItem* item = wait_for_item()) {
        run(item);
    }
}

// nullptr when it is time to end.
WorkItem* WorkPool::wait_for_item() noexcept {
    while (!is_shut_down_) {
        WorkItem* item = take_next();
        if (item != nullptr) return item;
        changed_.wait(mutex_);
    }
    return nullptr;
}

// The older of the two heads, unless enough slow ones are running.
WorkItem* WorkPool::take_next() noexcept {
    WorkItem* fast = fast_.first();
    WorkItem* slow = free_for_slow() != 0 ? slow_.first() : nullptr;
    const bool is_slow_next = slow != nullptr && (fast == nullptr || slow->order < fast->order);
    WorkItem* item = is_slow_next ? slow : fast;
    if (item == nullptr) return nullptr;
    queue_of(*item).remove(item);
    running_.append(item);
    item->is_queued = false;
    running_slow_ += size_t{item->is_slow};
    --idle_;
    return item;
}

// The mutex is held before and after, not during the work.
void WorkPool::run(WorkItem* item) noexcept {
    mutex_.unlock();
    item->run();
    mutex_.lock();
    running_.remove(item);
    running_slow_ -= size_t{item->is_slow};
    ++idle_;
    // From here on the item is the loop's.
    if (!done_.push(item)) return;
    mutex_.unlock();
    doorbell_->ring();
    mutex_.lock();
}

}  // namespace pollux
