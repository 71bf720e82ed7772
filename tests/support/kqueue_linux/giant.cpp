// SPDX-License-Identifier: MIT
#include "giant.hpp"

namespace kqueue_linux {

Giant::Giant() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &callers_signals_);
    lock();
}

Giant::~Giant() {
    unlock();
    pthread_sigmask(SIG_SETMASK, &callers_signals_, nullptr);
}

std::mutex& Giant::mutex() noexcept {
    static constinit std::mutex giant;
    return giant;
}

}  // namespace kqueue_linux
