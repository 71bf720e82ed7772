/* SPDX-License-Identifier: MIT */
#ifndef POLLUX_HANDLES_HPP
#define POLLUX_HANDLES_HPP

/**
 * @file handles.hpp
 * @brief What a loop watches: descriptors, timers, signals, child processes. A part of loop.hpp,
 * which says what holds for all handles.
 */

#include <pollux/detail/loop_state.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace plx {

/**
 * @brief What all handles have. It can be moved, while active too, and not be copied.
 *
 * An empty one, such as one that was moved from, reports `std::errc::invalid_argument`; one that
 * has ended, by itself or with its loop, reports `std::errc::no_such_file_or_directory`.
 */
class handle {
public:
    handle(const handle&) = delete;            /**< Not copied. */
    handle& operator=(const handle&) = delete; /**< Not copied. */

    /** Is there a handle inside? It may have ended; see is_open(). */
    explicit operator bool() const noexcept { return record_ != nullptr; }
    /** May its callback be called in the future? */
    bool is_open() const noexcept {
        return record_ != nullptr && record_->state != nullptr && record_->state->get() != nullptr;
    }
    /** For the C interface, but not for plx_close(); 0 if it is not open. */
    plx_handle get() const noexcept { return is_open() ? record_->handle : 0; }

    /** What the destructor does: the handle is empty, and no callback of it is called any more. */
    void close() noexcept {
        if (record_ != nullptr) detail::release(*std::exchange(record_, nullptr));
    }

    /** @brief Leaves it to the loop, which keeps it until it has ended by itself, as a timer
     * without a period, a child or work does, or until the loop is destroyed. */
    void detach() noexcept {
        if (record_ == nullptr) return;
        if (record_->is_idle || record_->state == nullptr) return close();
        std::exchange(record_, nullptr)->is_orphan = true;
    }

    /** See plx_unref(). */
    void unref(std::error_code& code) noexcept { detail::report(with(plx_unref), code); }
    /** See plx_unref(). Throws plx::error. */
    void unref() { detail::check(with(plx_unref), "plx_unref"); }
    /** See plx_ref(). */
    void ref(std::error_code& code) noexcept { detail::report(with(plx_ref), code); }
    /** See plx_ref(). Throws plx::error. */
    void ref() { detail::check(with(plx_ref), "plx_ref"); }

protected:
    /** Empty. */
    handle() noexcept = default;
    /** Leaves `other` empty. */
    handle(handle&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
    /** Leaves `other` empty; what was there is closed. */
    handle& operator=(handle&& other) noexcept {
        handle taken(std::move(other));
        std::swap(record_, taken.record_);
        return *this;
    }
    /** Closes it. */
    ~handle() { close(); }

    /** @brief Calls a function of the C interface with the loop, the handle and more. */
    template <typename Function, typename... Args>
    int with(Function function, Args... args) const noexcept {
        if (record_ == nullptr) return -EINVAL;
        if (!is_open()) return -ENOENT;
        if (record_->state->is_run_elsewhere()) return -EBUSY;
        return function(record_->state->get(), record_->handle, args...);
    }

    /** @brief Starts `made` by `start(plx_loop*, Record*)`, and owns it if that has gone well. */
    template <typename Record, typename Start>
    int open(loop& on, std::unique_ptr<Record> made, Start start) {
        detail::loop_state* state = detail::state_of(on);
        if (state == nullptr) return -EINVAL;
        if (state->is_run_elsewhere()) return -EBUSY;
        const int rc = start(state->get(), made.get());
        if (rc < 0) return rc;
        state->adopt(*made);
        record_ = made.release();
        return rc;
    }

    /** What it stands for. */
    detail::record* record() const noexcept { return record_; }

private:
    detail::record* record_ = nullptr;
};

namespace detail {

// A record with a callback that is called any number of times.
template <typename State, typename Fn>
struct watch_record : State {
    template <typename From>
    explicit watch_record(From&& from) : fn(std::in_place, std::forward<From>(from)) {}
    void drop() noexcept override { fn.reset(); }

    template <typename... Args>
    void notify(Args... args) noexcept {
        const visit inside(*this);
        this->state->guard([&] { call(*fn, args...); });
        if (this->is_orphan && this->is_idle && this->state != nullptr) this->state->close(*this);
    }

    std::optional<Fn> fn;
};

struct io_state : record {
    int fd = -1;
    std::uint32_t interest = 0;
};

template <typename Fn>
struct io_record final : watch_record<io_state, Fn> {
    using watch_record<io_state, Fn>::watch_record;
    static void on_io(plx_loop*, plx_handle handle, std::uint32_t events, void* user) noexcept {
        auto& self = *static_cast<io_record*>(user);
        self.is_idle = (self.interest & PLX_ONESHOT) != 0;
        self.notify(event{handle, self.fd, events});
    }
};

struct timer_state : record {
    std::int64_t period = 0;
};

template <typename Fn>
struct timer_record final : watch_record<timer_state, Fn> {
    using watch_record<timer_state, Fn>::watch_record;
    static void on_timer(plx_loop*, plx_handle, void* user) noexcept {
        auto& self = *static_cast<timer_record*>(user);
        self.is_idle = self.period == 0;
        self.notify();
    }
};

template <typename Fn>
struct signal_record final : watch_record<record, Fn> {
    using watch_record<record, Fn>::watch_record;
    static void on_signal(plx_loop*, plx_handle, int signo, void* user) noexcept {
        static_cast<signal_record*>(user)->notify(signo);
    }
};

template <typename Fn>
struct child_record final : final_record {
    template <typename From>
    explicit child_record(From&& from) : fn(std::in_place, std::forward<From>(from)) {}
    void drop() noexcept override { fn.reset(); }
    static void on_child(plx_loop*, plx_handle, int status, void* user) noexcept {
        auto& self = *static_cast<child_record*>(user);
        self.finish([&] { call(*self.fn, status); });
    }

    std::optional<Fn> fn;
};

}  // namespace detail

/** @brief Calls a function with a plx::event when a descriptor is ready. See plx_io_start(). */
class io : public handle {
public:
    /** Empty. */
    io() noexcept = default;
    /**
     * @brief Watches a descriptor. Throws plx::error.
     * @param on the loop.
     * @param fd the descriptor. Close it after this handle.
     * @param interest plx::readable and so on.
     * @param fn called with a plx::event, whose token is the number of the handle.
     */
    template <typename Fn>
    io(loop& on, int fd, std::uint32_t interest, Fn&& fn) {
        detail::check(start(on, fd, interest, std::forward<Fn>(fn)), "plx_io_start");
    }
    /** The same, or empty with the error in `code`. */
    template <typename Fn>
    io(loop& on, int fd, std::uint32_t interest, Fn&& fn, std::error_code& code) {
        detail::report(start(on, fd, interest, std::forward<Fn>(fn)), code);
    }

    /** The descriptor; -1 if empty. */
    int fd() const noexcept { return *this ? state()->fd : -1; }

    /** See plx_io_set(). */
    void set(std::uint32_t interest, std::error_code& code) noexcept {
        detail::report(change(interest), code);
    }
    /** See plx_io_set(). Throws plx::error. */
    void set(std::uint32_t interest) { detail::check(change(interest), "plx_io_set"); }

private:
    detail::io_state* state() const noexcept { return static_cast<detail::io_state*>(record()); }

    template <typename Fn>
    int start(loop& on, int fd, std::uint32_t interest, Fn&& fn) {
        using made = detail::io_record<std::decay_t<Fn>>;
        return open(on, std::make_unique<made>(std::forward<Fn>(fn)),
                    [&](plx_loop* loop, made* one) {
                        one->fd = fd;
                        one->interest = interest;
                        return plx_io_start(loop, &one->handle, fd, interest, made::on_io, one);
                    });
    }

    int change(std::uint32_t interest) noexcept {
        const int rc = with(plx_io_set, interest);
        if (rc < 0) return rc;
        state()->interest = interest;
        state()->is_idle = false;
        return rc;
    }
};

/** @brief Calls a function when a time has come. See plx_timer_start(). */
class timer : public handle {
public:
    /** Empty. */
    timer() noexcept = default;
    /**
     * @brief Calls once, unless it is set again. Throws plx::error.
     * @param on the loop.
     * @param delay from plx::loop::now() on.
     * @param fn called without arguments.
     */
    template <typename Rep, typename Period, typename Fn>
    timer(loop& on, std::chrono::duration<Rep, Period> delay, Fn&& fn)
        : timer(on, delay, delay.zero(), std::forward<Fn>(fn)) {}
    /** The same, or empty with the error in `code`. */
    template <typename Rep, typename Period, typename Fn>
    timer(loop& on, std::chrono::duration<Rep, Period> delay, Fn&& fn, std::error_code& code)
        : timer(on, delay, delay.zero(), std::forward<Fn>(fn), code) {}
    /** @brief Calls after the delay and then with a period, unless that is 0. Throws plx::error. */
    template <typename Rep, typename Period, typename Rep2, typename Period2, typename Fn>
    timer(loop& on, std::chrono::duration<Rep, Period> delay,
          std::chrono::duration<Rep2, Period2> period, Fn&& fn) {
        detail::check(
            start(on, to_nanoseconds(delay), to_nanoseconds(period), std::forward<Fn>(fn)),
            "plx_timer_start");
    }
    /** The same, or empty with the error in `code`. */
    template <typename Rep, typename Period, typename Rep2, typename Period2, typename Fn>
    timer(loop& on, std::chrono::duration<Rep, Period> delay,
          std::chrono::duration<Rep2, Period2> period, Fn&& fn, std::error_code& code) {
        detail::report(
            start(on, to_nanoseconds(delay), to_nanoseconds(period), std::forward<Fn>(fn)), code);
    }

    /** Sets it anew, to be called once. See plx_timer_set(). */
    template <typename Rep, typename Period>
    void set(std::chrono::duration<Rep, Period> delay, std::error_code& code) noexcept {
        detail::report(change(to_nanoseconds(delay), 0), code);
    }
    /** The same, but throws plx::error. */
    template <typename Rep, typename Period>
    void set(std::chrono::duration<Rep, Period> delay) {
        detail::check(change(to_nanoseconds(delay), 0), "plx_timer_set");
    }
    /** Sets it anew, with a period. See plx_timer_set(). */
    template <typename Rep, typename Period, typename Rep2, typename Period2>
    void set(std::chrono::duration<Rep, Period> delay, std::chrono::duration<Rep2, Period2> period,
             std::error_code& code) noexcept {
        detail::report(change(to_nanoseconds(delay), to_nanoseconds(period)), code);
    }
    /** The same, but throws plx::error. */
    template <typename Rep, typename Period, typename Rep2, typename Period2>
    void set(std::chrono::duration<Rep, Period> delay,
             std::chrono::duration<Rep2, Period2> period) {
        detail::check(change(to_nanoseconds(delay), to_nanoseconds(period)), "plx_timer_set");
    }

    /** Not to be called until it is set again. */
    void stop(std::error_code& code) noexcept { detail::report(change(-1, 0), code); }
    /** The same, but throws plx::error. */
    void stop() { detail::check(change(-1, 0), "plx_timer_set"); }

private:
    template <typename Fn>
    int start(loop& on, std::int64_t delay, std::int64_t period, Fn&& fn) {
        using made = detail::timer_record<std::decay_t<Fn>>;
        return open(
            on, std::make_unique<made>(std::forward<Fn>(fn)), [&](plx_loop* loop, made* one) {
                one->period = period;
                return plx_timer_start(loop, &one->handle, delay, period, made::on_timer, one);
            });
    }

    int change(std::int64_t delay, std::int64_t period) noexcept {
        const int rc = with(plx_timer_set, delay, period);
        if (rc < 0) return rc;
        static_cast<detail::timer_state*>(record())->period = period;
        record()->is_idle = delay < 0;
        return rc;
    }
};

/** @brief Calls a function after a signal has arrived. See plx_signal_start(). */
class signal : public handle {
public:
    /** Empty. */
    signal() noexcept = default;
    /**
     * @brief Watches a signal. Throws plx::error.
     * @param on the loop.
     * @param signo the signal.
     * @param fn called with the number of the signal, or without arguments.
     */
    template <typename Fn>
    signal(loop& on, int signo, Fn&& fn) {
        detail::check(start(on, signo, std::forward<Fn>(fn)), "plx_signal_start");
    }
    /** The same, or empty with the error in `code`. */
    template <typename Fn>
    signal(loop& on, int signo, Fn&& fn, std::error_code& code) {
        detail::report(start(on, signo, std::forward<Fn>(fn)), code);
    }

private:
    template <typename Fn>
    int start(loop& on, int signo, Fn&& fn) {
        using made = detail::signal_record<std::decay_t<Fn>>;
        return open(on, std::make_unique<made>(std::forward<Fn>(fn)),
                    [&](plx_loop* loop, made* one) {
                        return plx_signal_start(loop, &one->handle, signo, made::on_signal, one);
                    });
    }
};

/** @brief Calls a function when a child process has ended, and reaps it. See plx_child_start().
 *
 * Closed before that, it leaves the child running and not reaped. */
class child : public handle {
public:
    /** Empty. */
    child() noexcept = default;
    /**
     * @brief Waits for a child. Throws plx::error.
     * @param on the loop.
     * @param pid the child.
     * @param fn called with its status as waitpid(2) gives it.
     */
    template <typename Fn>
    child(loop& on, std::int64_t pid, Fn&& fn) {
        detail::check(start(on, pid, std::forward<Fn>(fn)), "plx_child_start");
    }
    /** The same, or empty with the error in `code`. */
    template <typename Fn>
    child(loop& on, std::int64_t pid, Fn&& fn, std::error_code& code) {
        detail::report(start(on, pid, std::forward<Fn>(fn)), code);
    }

private:
    template <typename Fn>
    int start(loop& on, std::int64_t pid, Fn&& fn) {
        using made = detail::child_record<std::decay_t<Fn>>;
        return open(on, std::make_unique<made>(std::forward<Fn>(fn)),
                    [&](plx_loop* loop, made* one) {
                        return plx_child_start(loop, &one->handle, pid, made::on_child, one);
                    });
    }
};

}  // namespace plx

#endif /* POLLUX_HANDLES_HPP */
