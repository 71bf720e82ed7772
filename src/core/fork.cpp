// SPDX-License-Identifier: MIT
#include "core/fork.hpp"

#include <pthread.h>

namespace pollux {

namespace {

constinit pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
constinit ForkGuard* list_head = nullptr;
constinit pthread_once_t handlers_once = PTHREAD_ONCE_INIT;
constinit int handlers_error = 0;

}  // namespace

constinit std::atomic<uint32_t> ForkGuard::current_generation_ = 0;

void ForkGuard::register_handlers() noexcept {
    handlers_error = pthread_atfork([] { before_fork(); }, [] { after_fork_in_parent(); },
                                    [] { after_fork_in_child(); });
}

int ForkGuard::enlist() noexcept {
    pthread_once(&handlers_once, [] { register_handlers(); });
    if (handlers_error != 0) return -handlers_error;
    pthread_mutex_lock(&list_mutex);
    next_ = list_head;
    link_ = &list_head;
    if (next_ != nullptr) next_->link_ = &next_;
    list_head = this;
    pthread_mutex_unlock(&list_mutex);
    adopt();
    return 0;
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
    after_fork_in_parent();
}

}  // namespace pollux
