// SPDX-License-Identifier: MIT
// The C face of the loop: argument checks that need no state, and the way in.
#include "loop/loop.hpp"

#include "core/options.hpp"
#include "pollux/pollux.h"

#include <cerrno>

using pollux::Loop;

namespace {

Loop* inside(plx_loop* loop) noexcept {
    return reinterpret_cast<Loop*>(loop);
}

const Loop* inside(const plx_loop* loop) noexcept {
    return reinterpret_cast<const Loop*>(loop);
}

// Are all of these there?
template <typename... Pointers>
bool are_given(Pointers... pointers) noexcept {
    return ((pointers != nullptr) && ...);
}

}  // namespace

[[gnu::cold]] int plx_loop_create(plx_loop** out, const plx_loop_options* options) {
    if (out == nullptr) return -EINVAL;
    plx_loop_options known = PLX_LOOP_OPTIONS_INIT;
    const int rc = pollux::read_options(&known, options);
    return rc < 0 ? rc : Loop::create(reinterpret_cast<Loop**>(out), known);
}

void plx_loop_destroy(plx_loop* loop) {
    Loop::destroy(inside(loop));
}

int plx_loop_run(plx_loop* loop, uint32_t mode) {
    return loop == nullptr ? -EINVAL : inside(loop)->run(mode);
}

int plx_loop_stop(plx_loop* loop) {
    return loop == nullptr ? -EINVAL : inside(loop)->stop();
}

int64_t plx_loop_now(const plx_loop* loop) {
    return loop == nullptr ? 0 : inside(loop)->now();
}

int64_t plx_loop_update_now(plx_loop* loop) {
    return loop == nullptr ? 0 : inside(loop)->update_now();
}

uint32_t plx_loop_backend(const plx_loop* loop) {
    return loop == nullptr ? 0 : inside(loop)->backend();
}

int plx_loop_fd(const plx_loop* loop) {
    // Const for the caller, who sees no change; the first call opens the descriptor.
    return loop == nullptr ? -EINVAL : inside(const_cast<plx_loop*>(loop))->fd();
}

int plx_loop_next_deadline(plx_loop* loop, int64_t* out) {
    return are_given(loop, out) ? inside(loop)->next_deadline(out) : -EINVAL;
}

int plx_loop_after_fork(plx_loop* loop) {
    return loop == nullptr ? -EINVAL : inside(loop)->after_fork();
}

int plx_close(plx_loop* loop, plx_handle handle) {
    return loop == nullptr ? -EINVAL : inside(loop)->close(handle);
}

int plx_unref(plx_loop* loop, plx_handle handle) {
    return loop == nullptr ? -EINVAL : inside(loop)->set_unref(handle, true);
}

int plx_ref(plx_loop* loop, plx_handle handle) {
    return loop == nullptr ? -EINVAL : inside(loop)->set_unref(handle, false);
}

int plx_io_start(plx_loop* loop, plx_handle* out, int fd, uint32_t interest, plx_io_fn fn,
                 void* user) {
    if (!are_given(loop, out, fn)) return -EINVAL;
    return inside(loop)->start_io(out, fd, interest, fn, user);
}

int plx_io_set(plx_loop* loop, plx_handle handle, uint32_t interest) {
    return loop == nullptr ? -EINVAL : inside(loop)->set_io(handle, interest);
}

int plx_timer_start(plx_loop* loop, plx_handle* out, int64_t delay_ns, int64_t period_ns,
                    plx_timer_fn fn, void* user) {
    if (!are_given(loop, out, fn) || delay_ns < 0 || period_ns < 0) return -EINVAL;
    return inside(loop)->start_timer(out, delay_ns, period_ns, fn, user);
}

int plx_timer_set(plx_loop* loop, plx_handle handle, int64_t delay_ns, int64_t period_ns) {
    if (loop == nullptr || period_ns < 0) return -EINVAL;
    return inside(loop)->set_timer(handle, delay_ns, period_ns);
}

int plx_signal_start(plx_loop* loop, plx_handle* out, int signo, plx_signal_fn fn, void* user) {
    if (!are_given(loop, out, fn)) return -EINVAL;
    return inside(loop)->start_signal(out, signo, fn, user);
}

int plx_child_start(plx_loop* loop, plx_handle* out, int64_t pid, plx_child_fn fn, void* user) {
    if (!are_given(loop, out, fn) || pid <= 0) return -EINVAL;
    return inside(loop)->start_child(out, pid, fn, user);
}

int plx_post(plx_loop* loop, plx_post_fn fn, void* user) {
    return are_given(loop, fn) ? inside(loop)->post(fn, user) : -EINVAL;
}

int plx_loop_stats_get(const plx_loop* loop, plx_loop_stats* out) {
    if (!are_given(loop, out)) return -EINVAL;
    plx_loop_stats known = PLX_LOOP_STATS_INIT;
    // Const for the caller, who sees no change; the pool's counts are behind a lock.
    inside(const_cast<plx_loop*>(loop))->read_stats(&known);
    return pollux::write_stats(out, &known);
}

int plx_loop_trace(plx_loop* loop, plx_trace_fn fn, void* user) {
    return loop == nullptr ? -EINVAL : inside(loop)->trace(fn, user);
}
