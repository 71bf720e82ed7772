/* SPDX-License-Identifier: MIT */
#ifndef POLLUX_TASKS_HPP
#define POLLUX_TASKS_HPP

/**
 * @file tasks.hpp
 * @brief What a loop has its threads do: work of the program, and names. A part of loop.hpp.
 */

#include <pollux/handles.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace plx {

/**
 * @brief What is done in a thread of the pool, and then told in the loop's.
 *
 * Closing it takes it back if it has not begun. If it is running, it is run to its end and nobody
 * is told; what it uses is kept until then.
 */
class task : public handle {
public:
    /**
     * @brief Takes it back if it has not begun.
     *
     * Within this call its callback is told `std::errc::operation_canceled`, and what that throws
     * comes out here.
     * @return false if it is running or has ended.
     */
    bool cancel();

protected:
    task() noexcept = default;
};

namespace detail {

struct task_record : final_record {
    virtual void tell_canceled() = 0;
};

// The results of functions that give nothing have something to be stored as.
struct nothing {};

template <typename Value>
using stored = std::conditional_t<std::is_void_v<Value>, nothing, Value>;

template <typename Fn>
stored<std::decay_t<std::invoke_result_t<Fn&>>> result_of(Fn& fn) {
    if constexpr (std::is_void_v<std::invoke_result_t<Fn&>>) {
        fn();
        return {};
    } else {
        return fn();
    }
}

}  // namespace detail

inline bool task::cancel() {
    if (!is_open() || record()->state->is_run_elsewhere()) return false;
    auto& canceled = static_cast<detail::task_record&>(*record());
    const detail::visit inside(canceled);
    if (canceled.state->close(canceled) < 0) return false;
    struct dropping {
        detail::record& dropped;
        ~dropping() { dropped.drop(); }
    } const at_the_end{canceled};
    canceled.tell_canceled();
    return true;
}

/** @brief What has become of work: a value, an exception, or nothing since it was cancelled. */
template <typename Value>
class outcome {
public:
    /** With a value, unless there is a failure. */
    outcome(std::optional<detail::stored<Value>> value, std::exception_ptr failure) noexcept
        : value_(std::move(value)), failure_(std::move(failure)) {}

    /** Is there a value, or has work that gives none come to its end? */
    bool has_value() const noexcept { return value_.has_value(); }
    /** Was it taken back? */
    bool is_canceled() const noexcept { return !has_value() && failure_ == nullptr; }
    /** What the work has thrown; nullptr if nothing. */
    std::exception_ptr exception() const noexcept { return failure_; }
    /** @brief The value, moved out. Throws what the work has thrown, or plx::error with
     * `std::errc::operation_canceled`. */
    Value get() {
        if (failure_ != nullptr) std::rethrow_exception(failure_);
        if (!has_value()) throw error(detail::to_code(-ECANCELED), "plx::work");
        if constexpr (!std::is_void_v<Value>) return std::move(*value_);
    }

private:
    std::optional<detail::stored<Value>> value_;
    std::exception_ptr failure_;
};

namespace detail {

struct ignore_end {
    void operator()() const noexcept {}
};

template <typename Work, typename Done>
struct work_record final : task_record {
    using value = std::decay_t<std::invoke_result_t<Work&>>;

    template <typename FromWork, typename FromDone>
    work_record(FromWork&& from_work, FromDone&& from_done)
        : work(std::in_place, std::forward<FromWork>(from_work)),
          done(std::in_place, std::forward<FromDone>(from_done)) {}

    static void run(void* user) noexcept {
        auto& self = *static_cast<work_record*>(user);
        try {
            self.result.emplace(result_of(*self.work));
        } catch (...) {
            self.failure = std::current_exception();
        }
    }
    static void on_done(plx_loop*, plx_handle, int, void* user) noexcept {
        auto& self = *static_cast<work_record*>(user);
        self.finish([&] { self.tell(); });
    }
    void tell() {
        if constexpr (std::is_invocable_v<Done&, outcome<value>>) {
            (*done)(outcome<value>(std::move(result), std::move(failure)));
        } else {
            if (failure != nullptr) std::rethrow_exception(failure);
            static_assert(std::is_invocable_v<Done&>,
                          "the callback takes a plx::outcome of what the work gives, or nothing");
            if (result.has_value()) (*done)();
        }
    }
    void tell_canceled() override { tell(); }
    void drop() noexcept override {
        work.reset();
        done.reset();
        result.reset();
        failure = nullptr;
    }

    std::optional<Work> work;
    std::optional<Done> done;
    std::optional<stored<value>> result;
    std::exception_ptr failure;
};

}  // namespace detail

/** @brief Runs a function in a thread of the pool, then another one in the loop's thread. See
 * plx_work_start(). */
class work : public task {
public:
    /** Empty. */
    work() noexcept = default;
    /**
     * @brief Starts work. Throws plx::error.
     * @param on the loop.
     * @param run called in a thread of the pool; must not touch the loop but by plx::remote.
     * @param done called with a plx::outcome of what `run` gives. Or without arguments: then if
     * `run` has come to its end; what it throws comes out of plx::loop::run().
     */
    template <typename Run, typename Done>
    work(loop& on, Run&& run, Done&& done) {
        detail::check(start(on, std::forward<Run>(run), std::forward<Done>(done)),
                      "plx_work_start");
    }
    /** The same, or empty with the error in `code`. */
    template <typename Run, typename Done>
    work(loop& on, Run&& run, Done&& done, std::error_code& code) {
        detail::report(start(on, std::forward<Run>(run), std::forward<Done>(done)), code);
    }
    /** The same, and nothing is called when it has ended. Throws plx::error. */
    template <typename Run>
    work(loop& on, Run&& run) : work(on, std::forward<Run>(run), detail::ignore_end{}) {}
    /** The same, or empty with the error in `code`. */
    template <typename Run>
    work(loop& on, Run&& run, std::error_code& code)
        : work(on, std::forward<Run>(run), detail::ignore_end{}, code) {}

private:
    template <typename Run, typename Done>
    int start(loop& on, Run&& run, Done&& done) {
        using made = detail::work_record<std::decay_t<Run>, std::decay_t<Done>>;
        return open(on, std::make_unique<made>(std::forward<Run>(run), std::forward<Done>(done)),
                    [](plx_loop* loop, made* one) {
                        return plx_work_start(loop, &one->handle, made::run, made::on_done, one);
                    });
    }
};

/** One address: `family`, `port`, `bytes` and `scope_id`. It is the C struct itself. */
using address = plx_address;

/** The addresses of a name, valid while the callback runs that they are given to. */
class address_range {
public:
    /** `count` addresses from `first` on. */
    constexpr address_range(const address* first, std::size_t count) noexcept
        : first_(first), count_(count) {}
    /** The first address. */
    constexpr const address* begin() const noexcept { return first_; }
    /** Behind the last address. */
    constexpr const address* end() const noexcept { return first_ + count_; }
    /** The first address, for a span. */
    constexpr const address* data() const noexcept { return first_; }
    /** How many. */
    constexpr std::size_t size() const noexcept { return count_; }
    /** Is there none, since there was an error? */
    constexpr bool empty() const noexcept { return count_ == 0; }
    /** The address at `index`, which must be less than size(). */
    constexpr const address& operator[](std::size_t index) const noexcept { return first_[index]; }

private:
    const address* first_;
    std::size_t count_;
};

/** Which addresses plx::resolve shall look for. */
enum class family : std::uint32_t {
    any = 0,                 /**< both */
    ipv4 = PLX_ADDRESS_IPV4, /**< see ::PLX_ADDRESS_IPV4 */
    ipv6 = PLX_ADDRESS_IPV6  /**< see ::PLX_ADDRESS_IPV6 */
};

namespace detail {

template <typename Fn>
struct resolve_record final : task_record {
    template <typename From>
    explicit resolve_record(From&& from) : fn(std::in_place, std::forward<From>(from)) {}
    static void on_resolved(plx_loop*, plx_handle, int status, const plx_address* list,
                            std::size_t count, void* user) noexcept {
        auto& self = *static_cast<resolve_record*>(user);
        self.finish([&] { call(*self.fn, to_code(status), address_range(list, count)); });
    }
    void tell_canceled() override { call(*fn, to_code(-ECANCELED), address_range(nullptr, 0)); }
    void drop() noexcept override { fn.reset(); }

    std::optional<Fn> fn;
};

}  // namespace detail

/** @brief Looks up the addresses of a name. See plx_resolve_start(). */
class resolve : public task {
public:
    /** Empty. */
    resolve() noexcept = default;
    /**
     * @brief Starts a lookup. Throws plx::error.
     * @param on the loop.
     * @param host a name or a numeric address.
     * @param service a port number or name; empty is port 0.
     * @param which the addresses to look for.
     * @param fn called with a `std::error_code`, see ::plx_resolve_fn, and a plx::address_range.
     */
    template <typename Fn>
    resolve(loop& on, const std::string& host, const std::string& service, plx::family which,
            Fn&& fn) {
        detail::check(start(on, host, service, which, std::forward<Fn>(fn)), "plx_resolve_start");
    }
    /** The same, or empty with the error in `code`. */
    template <typename Fn>
    resolve(loop& on, const std::string& host, const std::string& service, plx::family which,
            Fn&& fn, std::error_code& code) {
        detail::report(start(on, host, service, which, std::forward<Fn>(fn)), code);
    }

private:
    template <typename Fn>
    int start(loop& on, const std::string& host, const std::string& service, plx::family which,
              Fn&& fn) {
        using made = detail::resolve_record<std::decay_t<Fn>>;
        return open(
            on, std::make_unique<made>(std::forward<Fn>(fn)), [&](plx_loop* loop, made* one) {
                return plx_resolve_start(loop, &one->handle, host.c_str(),
                                         service.empty() ? nullptr : service.c_str(),
                                         static_cast<std::uint32_t>(which), made::on_resolved, one);
            });
    }
};

}  // namespace plx

#endif /* POLLUX_TASKS_HPP */
