// SPDX-License-Identifier: MIT
#include "core/fork.hpp"

#include <pthread.h>

namespace pollux {

namespace {

constinit pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
constinit ForkGuard* list_head = nullptr;
constinit bool has_handlers = false;

}  // namespace

constinit std::atomic<uint32_t> ForkGuard::current_generation_ = 0;

// Under list_mutex. Not pthread_once, which would make a moment without memory last for ever.
int ForkGuard::register_handlers() noexcept {
    if (has_handlers) return 0;
    const int error = pthread_atfork([] { before_fork(); }, [] { after_fork_in_parent(); },
                                     [] { after_fork_in_child(); });
    has_handlers = error == 0;
    return -error;
}

int ForkGuard::enlist() noexcept {
    pthread_mutex_lock(&list_mutex);
    const int rc = register_handlers();
    if (rc == 0) {
        next_ = list_head;
        link_ = &list_head;
        if (next_ != nullptr) next_->link_ = &next_;
        list_head = this;
        adopt();
    }
    pthread_mutex_unlock(&list_mutex);
    return rc;
}

ForkGuard::~ForkGuard() {
    pthread_mutex_lock(&list_mutex);
    if (link_ != nullptr) *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    pthread_mutex_unlock(&list_mutex);
}

void ForkGuard::before_fork() noexcept {
    pthread_mutex_lock(&list_mutex);
    for (ForkGuard* guard = list_head; guard != nullptr; guard = guard->next_) {
        guard->changes_.lock();
    }
}

void ForkGuard::after_fork_in_parent() noexcept {
    for (ForkGuard* guard = list_head; guard != nullptr; guard = guard->next_) {
        guard->changes_.unlock();
    }
    pthread_mutex_unlock(&list_mutex);
}

void ForkGuard::after_fork_in_child() noexcept {
    current_generation_.fetch_add(1, std::memory_order_relaxed);
    for (ForkGuard* guard = list_head; guard != nullptr; guard = guard->next_) {
        guard->changes_.unlock_after_fork();
    }
    pthread_mutex_unlock(&list_mutex);
}

}  // namespace pollux
