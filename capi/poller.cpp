// SPDX-License-Identifier: MIT
// The C face of the poller: argument checks that need no state, and the way in.
#include "core/poller.hpp"

#include "core/options.hpp"
#include "pollux/pollux.h"

#include <cerrno>

using pollux::Poller;

namespace {

Poller* inside(plx_poller* poller) noexcept {
    return reinterpret_cast<Poller*>(poller);
}

const Poller* inside(const plx_poller* poller) noexcept {
    return reinterpret_cast<const Poller*>(poller);
}

}  // namespace

[[gnu::cold]] int plx_poller_create(plx_poller** out, const plx_poller_options* options) {
    if (out == nullptr) return -EINVAL;
    plx_poller_options known = PLX_POLLER_OPTIONS_INIT;
    const int rc = pollux::read_options(&known, options);
    return rc < 0 ? rc : Poller::create(reinterpret_cast<Poller**>(out), known);
}

void plx_poller_destroy(plx_poller* poller) {
    delete inside(poller);
}

uint32_t plx_poller_backend(const plx_poller* poller) {
    return poller == nullptr ? 0 : inside(poller)->backend();
}

size_t plx_poller_count(const plx_poller* poller) {
    return poller == nullptr ? 0 : inside(poller)->count();
}

int plx_poller_fd(const plx_poller* poller) {
    // Const for the caller, who sees no change; the first call opens the descriptor.
    return poller == nullptr ? -EINVAL : inside(const_cast<plx_poller*>(poller))->fd();
}

int plx_poller_add(plx_poller* poller, int fd, uint64_t token, uint32_t interest) {
    return poller == nullptr ? -EINVAL : inside(poller)->add(fd, token, interest);
}

int plx_poller_modify(plx_poller* poller, int fd, uint64_t token, uint32_t interest) {
    return poller == nullptr ? -EINVAL : inside(poller)->modify(fd, token, interest);
}

int plx_poller_remove(plx_poller* poller, int fd) {
    return poller == nullptr ? -EINVAL : inside(poller)->remove(fd);
}

int plx_poller_wait(plx_poller* poller, plx_event* events, int capacity, int64_t timeout_ns) {
    if (poller == nullptr || events == nullptr || capacity < 1) return -EINVAL;
    return inside(poller)->wait(events, capacity, timeout_ns);
}

int plx_poller_wake(plx_poller* poller) {
    return poller == nullptr ? -EINVAL : inside(poller)->wake();
}

int plx_poller_after_fork(plx_poller* poller) {
    return poller == nullptr ? -EINVAL : inside(poller)->after_fork();
}
