/* SPDX-License-Identifier: MIT */
#ifndef POLLUX_LOOP_HPP
#define POLLUX_LOOP_HPP

/**
 * @file loop.hpp
 * @brief The event loop in C++: a loop that is an object, handles that own what they watch,
 * closures as callbacks. It includes pollux.hpp, so that this one header gives everything.
 *
 * Errors, times and threads are as in pollux.hpp. Besides:
 *
 * - **A handle object owns its handle and its closures.** Its destructor closes the handle: no
 *   callback comes afterwards, so that a closure may refer to whatever lives as long as the handle.
 *   It may be moved at any time, and be destroyed in any callback, its own included; then the
 *   closure lives on until it returns. detach() leaves the handle to the loop instead.
 * - **What ends by itself** (a child, work, a lookup, a file) lets go of its closures then. The
 *   object stays, as one that has ended.
 * - **A loop may be destroyed before its handles**, and in its own callbacks. It closes them and
 *   lets go of their closures. The handles can still be used; their calls report errors.
 * - **Closures are destroyed in the loop's thread**, those of running work after its end. They may
 *   be types that can only be moved.
 * - **An exception that leaves a callback** stops the loop, as plx::loop::stop() does, and comes
 *   out of plx::loop::run(), with and without a `std::error_code&`. If several callbacks of one
 *   iteration throw, it is the first one's.
 * - **Another thread** than the one that runs a loop has plx::remote, post() and stop(). What it
 *   starts, sets or runs besides is refused with `std::errc::device_or_resource_busy`; handles must
 *   not be moved or destroyed there meanwhile.
 * - **Memory.** To start something throws `std::bad_alloc` if there is no memory for its closure.
 */

#include <pollux/files.hpp>
#include <pollux/handles.hpp>
#include <pollux/pollux.hpp>
#include <pollux/tasks.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace plx {

/** How a loop is made. */
struct loop_options {
    plx::backend backend = plx::backend::automatic; /**< which backend */
    std::uint32_t required_capabilities = 0;        /**< `PLX_CAP_...` bits it shall have */
    bool times_callbacks = false;                   /**< see ::PLX_LOOP_TIME_CALLBACKS */
    std::uint32_t work_threads = 0;                 /**< most threads of the pool; 0 is 4 */
    std::uint32_t events_per_wait = 0; /**< most I/O events of an iteration; 0 is 1024 */
};

/** How long plx::loop::run() runs. */
enum class run_mode : std::uint32_t {
    until_done = PLX_RUN_DEFAULT, /**< see ::PLX_RUN_DEFAULT */
    once = PLX_RUN_ONCE,          /**< see ::PLX_RUN_ONCE */
    no_wait = PLX_RUN_NOWAIT      /**< see ::PLX_RUN_NOWAIT */
};

/** What a loop has done and has to do. It is the C struct itself. */
using loop_stats = plx_loop_stats;
/** One callback, as a trace shows it. It is the C struct itself. */
using trace_event = plx_trace_event;

/**
 * @brief A loop as other threads see it. It can be copied, and may be used after the loop has been
 * moved or destroyed: then its calls report `std::errc::invalid_argument`. Not for signal handlers.
 */
class remote {
public:
    /** @brief As plx::loop::post(). Any thread. */
    template <typename Fn>
    void post(Fn&& fn, std::error_code& code) const {
        detail::report(send(std::forward<Fn>(fn)), code);
    }
    /** @brief As plx::loop::post(). Any thread. Throws plx::error. */
    template <typename Fn>
    void post(Fn&& fn) const {
        detail::check(send(std::forward<Fn>(fn)), "plx_post");
    }
    /** @brief As plx::loop::stop(). Any thread. */
    void stop(std::error_code& code) const noexcept { detail::report(end(), code); }
    /** @brief As plx::loop::stop(). Any thread. Throws plx::error. */
    void stop() const { detail::check(end(), "plx_loop_stop"); }

private:
    friend class loop;
    explicit remote(std::shared_ptr<detail::loop_state> state) noexcept
        : state_(std::move(state)) {}

    template <typename Fn>
    int send(Fn&& fn) const {
        using made = detail::posted_function<std::decay_t<Fn>>;
        if (state_ == nullptr) return -EINVAL;
        return state_->post(std::make_unique<made>(std::forward<Fn>(fn)));
    }
    int end() const noexcept { return state_ == nullptr ? -EINVAL : state_->stop(); }

    std::shared_ptr<detail::loop_state> state_;
};

/**
 * @brief Owns a loop. It can be moved, also with handles on it and while it runs, and not be
 * copied.
 *
 * One that was moved from is empty: its calls report `std::errc::invalid_argument`.
 */
class loop {
public:
    /** With the best backend. Throws plx::error. */
    loop() : loop(loop_options{}) {}
    /** As the options say. Throws plx::error. */
    explicit loop(const loop_options& how) { detail::check(create(how), "plx_loop_create"); }
    /** As the options say, or empty with the error in `code`. */
    loop(const loop_options& how, std::error_code& code) { detail::report(create(how), code); }
    /** Leaves `other` empty. */
    loop(loop&& other) noexcept : state_(std::move(other.state_)) {}
    /** Leaves `other` empty; what was owned is destroyed. */
    loop& operator=(loop&& other) noexcept {
        loop taken(std::move(other));
        std::swap(state_, taken.state_);
        return *this;
    }
    loop(const loop&) = delete;            /**< Not copied. */
    loop& operator=(const loop&) = delete; /**< Not copied. */
    /** @brief See plx_loop_destroy(). Functions that were posted and have not run are let go. */
    ~loop() {
        // By hand, since what the closures hold may refer to this loop.
        const auto ended = std::move(state_);
        if (ended != nullptr) ended->destroy();
    }

    /** Is there a loop inside? */
    explicit operator bool() const noexcept { return state_ != nullptr; }
    /** For the C interface; still owned. */
    plx_loop* get() const noexcept { return state_ == nullptr ? nullptr : state_->get(); }

    /**
     * @brief See plx_loop_run(). Throws what a callback has thrown.
     * @return whether something is still active that keeps the loop alive.
     */
    bool run(run_mode mode, std::error_code& code) { return detail::report(go(mode), code) > 0; }
    /** The same, but throws plx::error too. */
    bool run(run_mode mode = run_mode::until_done) {
        return detail::check(go(mode), "plx_loop_run") > 0;
    }

    /** @brief See plx_loop_stop(). Any thread; safe in a signal handler. */
    void stop(std::error_code& code) const noexcept { detail::report(plx_loop_stop(get()), code); }
    /** @brief See plx_loop_stop(). Any thread. Throws plx::error. */
    void stop() const { detail::check(plx_loop_stop(get()), "plx_loop_stop"); }

    /**
     * @brief Has a function called in the loop's thread. See plx_post(). Any thread, as long as
     * this object is neither moved nor destroyed; see remote().
     */
    template <typename Fn>
    void post(Fn&& fn, std::error_code& code) const {
        remote().post(std::forward<Fn>(fn), code);
    }
    /** The same, but throws plx::error. */
    template <typename Fn>
    void post(Fn&& fn) const {
        remote().post(std::forward<Fn>(fn));
    }
    /** For other threads, which need nothing else of the loop. */
    plx::remote remote() const noexcept { return plx::remote(state_); }

    /** See plx_loop_now(). The time has the beginning of `CLOCK_MONOTONIC`. */
    std::chrono::nanoseconds now() const noexcept {
        return std::chrono::nanoseconds(plx_loop_now(get()));
    }
    /** See plx_loop_update_now(). */
    std::chrono::nanoseconds update_now() noexcept {
        return std::chrono::nanoseconds(plx_loop_update_now(get()));
    }
    /** The backend in use; plx::backend::automatic if empty. */
    plx::backend backend() const noexcept {
        return static_cast<plx::backend>(plx_loop_backend(get()));
    }

    /** See plx_loop_fd(). */
    int fd(std::error_code& code) const noexcept {
        const int rc = plx_loop_fd(get());
        detail::report(rc, code);
        return rc < 0 ? -1 : rc;
    }
    /** See plx_loop_fd(). Throws plx::error. */
    int fd() const { return detail::check(plx_loop_fd(get()), "plx_loop_fd"); }

    /** @brief See plx_loop_next_deadline(). In now()'s terms; 0 if something is to be done already,
     * and nothing if there is no deadline, or with an error. */
    std::optional<std::chrono::nanoseconds> next_deadline(std::error_code& code) const noexcept {
        std::int64_t deadline = -1;
        detail::report(plx_loop_next_deadline(get(), &deadline), code);
        if (deadline < 0) return std::nullopt;
        return std::chrono::nanoseconds(deadline);
    }
    /** The same, but throws plx::error. */
    std::optional<std::chrono::nanoseconds> next_deadline() const {
        std::error_code code;
        const auto deadline = next_deadline(code);
        if (code) throw error(code, "plx_loop_next_deadline");
        return deadline;
    }

    /** See plx_loop_after_fork(). Functions that were posted before are let go in the child. */
    void after_fork(std::error_code& code) { detail::report(adopt(), code); }
    /** See plx_loop_after_fork(). Throws plx::error. */
    void after_fork() { detail::check(adopt(), "plx_loop_after_fork"); }

    /** See plx_loop_stats_get(). */
    loop_stats stats(std::error_code& code) const noexcept {
        loop_stats taken = PLX_LOOP_STATS_INIT;
        detail::report(plx_loop_stats_get(get(), &taken), code);
        return taken;
    }
    /** See plx_loop_stats_get(). Throws plx::error. */
    loop_stats stats() const {
        std::error_code code;
        const loop_stats taken = stats(code);
        if (code) throw error(code, "plx_loop_stats_get");
        return taken;
    }

    /** @brief Has `fn` called with a plx::trace_event after each callback. See plx_loop_trace().
     * A trace may replace or end itself, and must not use the loop otherwise. */
    template <typename Fn>
    void trace(Fn&& fn, std::error_code& code) {
        detail::report(start_trace(std::forward<Fn>(fn)), code);
    }
    /** The same, but throws plx::error. */
    template <typename Fn>
    void trace(Fn&& fn) {
        detail::check(start_trace(std::forward<Fn>(fn)), "plx_loop_trace");
    }
    /** Ends the trace. */
    void end_trace() noexcept {
        if (state_ != nullptr) state_->trace(nullptr);
    }

private:
    friend detail::loop_state* detail::state_of(loop& of) noexcept;

    int create(const loop_options& how) {
        plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
        options.backend = static_cast<std::uint32_t>(how.backend);
        options.required_capabilities = how.required_capabilities;
        options.flags = how.times_callbacks ? PLX_LOOP_TIME_CALLBACKS : 0;
        options.work_threads = how.work_threads;
        options.events_per_wait = how.events_per_wait;
        auto made = std::make_shared<detail::loop_state>();
        const int rc = made->create(options);
        if (rc == 0) state_ = std::move(made);
        return rc;
    }

    int go(run_mode mode) {
        // A callback may destroy or move this object.
        const auto running = state_;
        return running == nullptr ? -EINVAL : running->run(static_cast<std::uint32_t>(mode));
    }

    int adopt() { return state_ == nullptr ? -EINVAL : state_->after_fork(); }

    template <typename Fn>
    int start_trace(Fn&& fn) {
        using made = detail::tracer_function<std::decay_t<Fn>>;
        if (state_ == nullptr) return -EINVAL;
        return state_->trace(std::make_unique<made>(std::forward<Fn>(fn)));
    }

    std::shared_ptr<detail::loop_state> state_;
};

namespace detail {

inline loop_state* state_of(loop& of) noexcept {
    return of.state_.get();
}

}  // namespace detail
}  // namespace plx

#endif /* POLLUX_LOOP_HPP */
