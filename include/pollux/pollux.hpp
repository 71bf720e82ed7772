/* SPDX-License-Identifier: MIT */
#ifndef POLLUX_POLLUX_HPP
#define POLLUX_POLLUX_HPP

/**
 * @file pollux.hpp
 * @brief The C++ face of Pollux: owners, chrono and error codes over the C interface, in a header.
 *
 * For C++17 and later. What the calls do is said in pollux.h; here is only how they look in C++.
 *
 * - **Errors.** Each call that can fail comes twice: with a `std::error_code&` as its last argument
 *   it reports there and does not throw, without it throws plx::error. The codes compare equal to
 *   `std::errc`, as in `code == std::errc::bad_file_descriptor`.
 * - **Times** are any `std::chrono::duration`, rounded up to the nanosecond and cut to what 64 bits
 *   hold. A negative one, such as a deadline that has passed, does not block. plx::forever has no
 *   end.
 * - **Threads**, fork and lifetime are as in pollux.h.
 */

#include <pollux/pollux.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <ratio>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_span
#include <span>
#endif

/** The C++ face of Pollux. */
namespace plx {

/** One event: `token`, `fd` and `events`. It is the C struct itself. */
using event = plx_event;

inline constexpr std::uint32_t readable = PLX_READABLE;   /**< see ::PLX_READABLE */
inline constexpr std::uint32_t writable = PLX_WRITABLE;   /**< see ::PLX_WRITABLE */
inline constexpr std::uint32_t priority = PLX_PRIORITY;   /**< see ::PLX_PRIORITY */
inline constexpr std::uint32_t edge = PLX_EDGE;           /**< see ::PLX_EDGE */
inline constexpr std::uint32_t oneshot = PLX_ONESHOT;     /**< see ::PLX_ONESHOT */
inline constexpr std::uint32_t exclusive = PLX_EXCLUSIVE; /**< see ::PLX_EXCLUSIVE */

/** Does the event report ::PLX_READABLE? */
constexpr bool is_readable(const event& e) noexcept {
    return (e.events & PLX_READABLE) != 0;
}
/** Does the event report ::PLX_WRITABLE? */
constexpr bool is_writable(const event& e) noexcept {
    return (e.events & PLX_WRITABLE) != 0;
}
/** Does the event report ::PLX_PRIORITY? */
constexpr bool is_priority(const event& e) noexcept {
    return (e.events & PLX_PRIORITY) != 0;
}
/** Does the event report ::PLX_READ_CLOSED, a hint? */
constexpr bool is_read_closed(const event& e) noexcept {
    return (e.events & PLX_READ_CLOSED) != 0;
}
/** Does the event report ::PLX_HANGUP, a hint? */
constexpr bool is_hangup(const event& e) noexcept {
    return (e.events & PLX_HANGUP) != 0;
}
/** Does the event report ::PLX_ERROR, a hint? */
constexpr bool is_error(const event& e) noexcept {
    return (e.events & PLX_ERROR) != 0;
}
/** Is it the event of a wake? */
constexpr bool is_woken(const event& e) noexcept {
    return (e.events & PLX_WOKEN) != 0;
}

/** The events that a wait has filled in, at the start of the caller's buffer. */
class event_range {
public:
    /** `count` events from `first` on. */
    constexpr event_range(const event* first, std::size_t count) noexcept
        : first_(first), count_(count) {}

    /** The first event. */
    constexpr const event* begin() const noexcept { return first_; }
    /** Behind the last event. */
    constexpr const event* end() const noexcept { return first_ + count_; }
    /** How many. */
    constexpr std::size_t size() const noexcept { return count_; }
    /** Is there none? After a wait that means that the time is up. */
    constexpr bool empty() const noexcept { return count_ == 0; }
    /** The event at `index`, which must be less than size(). */
    constexpr const event& operator[](std::size_t index) const noexcept { return first_[index]; }

private:
    const event* first_;
    std::size_t count_;
};

namespace detail {

class category final : public std::error_category {
public:
    const char* name() const noexcept override { return "pollux"; }
    std::string message(int value) const override { return plx_strerror(-value); }
    std::error_condition default_error_condition(int value) const noexcept override {
        return std::error_condition(value, std::generic_category());
    }
};

}  // namespace detail

/** The category of the codes: their values are those of `errno`, their texts plx_strerror()'s. */
inline const std::error_category& error_category() noexcept {
    static const detail::category instance;
    return instance;
}

/** What the calls without a `std::error_code&` throw; `code()` tells which error it is. */
class error : public std::system_error {
public:
    /** From an error code and what was being done. */
    error(std::error_code code, const char* what) : std::system_error(code, what) {}
};

namespace detail {

inline std::error_code to_code(int rc) noexcept {
    return rc < 0 ? std::error_code(-rc, error_category()) : std::error_code();
}

// The result, or 0 with the error in `code`.
inline int report(int rc, std::error_code& code) noexcept {
    code = to_code(rc);
    return rc < 0 ? 0 : rc;
}

inline int check(int rc, const char* what) {
    if (rc < 0) throw error(to_code(rc), what);
    return rc;
}

}  // namespace detail

/** The type of plx::forever. */
struct forever_t {
    /** Only by name. */
    explicit forever_t() = default;
};

/** As a timeout: wait without an end. */
inline constexpr forever_t forever{};

/** @brief A timeout in nanoseconds as pollux.h takes it: never shorter than `timeout`, at most what
 * 64 bits hold, and 0 for what is negative or not a number. */
template <typename Rep, typename Period>
constexpr std::int64_t to_nanoseconds(std::chrono::duration<Rep, Period> timeout) noexcept {
    using std::chrono::nanoseconds;
    using ratio = std::ratio_divide<Period, std::nano>;
    constexpr long double limit = 9223372036854775808.0L;
    if (!(timeout > timeout.zero())) return 0;
    const long double wide = std::chrono::duration<long double, std::nano>(timeout).count();
    if (wide >= limit) return std::numeric_limits<std::int64_t>::max();
    if constexpr (std::is_integral_v<Rep> && (ratio::num == 1 || ratio::den == 1)) {
        const auto floor = std::chrono::duration_cast<nanoseconds>(timeout);
        return floor.count() + (floor < timeout ? 1 : 0);
    } else {
        const auto floor = static_cast<std::int64_t>(wide);
        return floor + (static_cast<long double>(floor) < wide ? 1 : 0);
    }
}

/** Without an end: -1. */
constexpr std::int64_t to_nanoseconds(forever_t) noexcept {
    return -1;
}

/** The backends. */
enum class backend : std::uint32_t {
    automatic = PLX_BACKEND_AUTO, /**< see ::PLX_BACKEND_AUTO */
    epoll = PLX_BACKEND_EPOLL,    /**< see ::PLX_BACKEND_EPOLL */
    kqueue = PLX_BACKEND_KQUEUE,  /**< see ::PLX_BACKEND_KQUEUE */
    poll = PLX_BACKEND_POLL       /**< see ::PLX_BACKEND_POLL */
};

/** See plx_backend_name(). */
inline const char* name(backend which) noexcept {
    return plx_backend_name(static_cast<std::uint32_t>(which));
}

/** See plx_backend_capabilities(). */
inline std::uint32_t capabilities(backend which) noexcept {
    return plx_backend_capabilities(static_cast<std::uint32_t>(which));
}

/** The backends that work here and now, best first; see plx_backend_list(). */
inline std::vector<backend> usable_backends() {
    std::uint32_t ids[16] = {};
    const std::size_t count = plx_backend_list(ids, 16);
    std::vector<backend> result;
    for (std::size_t i = 0; i < count && i < 16; ++i) {
        result.push_back(static_cast<backend>(ids[i]));
    }
    return result;
}

/** How a poller is made. */
struct options {
    plx::backend backend = plx::backend::automatic; /**< which backend */
    std::uint32_t required_capabilities = 0;        /**< `PLX_CAP_...` bits it shall have */
};

/** @brief Ends waits of a poller, from any thread or signal handler. Must not be used after the
 * poller is gone. */
class waker {
public:
    /** Of this poller. */
    explicit waker(plx_poller* poller) noexcept : poller_(poller) {}
    /** See plx_poller_wake(). Does not throw; the result is 0 or a negated `errno`. */
    int wake() const noexcept { return plx_poller_wake(poller_); }

private:
    plx_poller* poller_;
};

/**
 * @brief Owns a poller. It can be moved and not be copied.
 *
 * One that was moved from is empty: its calls report `std::errc::invalid_argument`.
 */
class poller {
public:
    /** The best backend. Throws plx::error. */
    poller() : poller(options{}) {}
    /** As the options say. Throws plx::error. */
    explicit poller(const options& how) { detail::check(create(how), "plx_poller_create"); }
    /** As the options say, or empty with the error in `code`. */
    poller(const options& how, std::error_code& code) noexcept {
        detail::report(create(how), code);
    }
    /** Takes over a poller that the C interface has made. */
    explicit poller(plx_poller* owned) noexcept : poller_(owned) {}
    /** Leaves `other` empty. */
    poller(poller&& other) noexcept : poller_(other.release()) {}
    /** Leaves `other` empty; what was owned is destroyed. */
    poller& operator=(poller&& other) noexcept {
        poller taken(std::move(other));
        std::swap(poller_, taken.poller_);
        return *this;
    }
    poller(const poller&) = delete;            /**< Not copied. */
    poller& operator=(const poller&) = delete; /**< Not copied. */
    /** See plx_poller_destroy(). */
    ~poller() { plx_poller_destroy(poller_); }

    /** Is there a poller inside? */
    explicit operator bool() const noexcept { return poller_ != nullptr; }
    /** For the C interface; still owned. */
    plx_poller* get() const noexcept { return poller_; }
    /** For the C interface; owned by the caller from now on. */
    plx_poller* release() noexcept { return std::exchange(poller_, nullptr); }

    /** The backend in use; plx::backend::automatic if empty. */
    plx::backend backend() const noexcept {
        return static_cast<plx::backend>(plx_poller_backend(poller_));
    }
    /** How many descriptors are registered. */
    std::size_t count() const noexcept { return plx_poller_count(poller_); }

    /** See plx_poller_fd(). */
    int fd(std::error_code& code) const noexcept {
        const int rc = plx_poller_fd(poller_);
        detail::report(rc, code);
        return rc < 0 ? -1 : rc;
    }
    /** See plx_poller_fd(). Throws plx::error. */
    int fd() const { return detail::check(plx_poller_fd(poller_), "plx_poller_fd"); }

    /** See plx_poller_add(). */
    void add(int fd, std::uint64_t token, std::uint32_t interest, std::error_code& code) noexcept {
        detail::report(plx_poller_add(poller_, fd, token, interest), code);
    }
    /** See plx_poller_add(). Throws plx::error. */
    void add(int fd, std::uint64_t token, std::uint32_t interest) {
        detail::check(plx_poller_add(poller_, fd, token, interest), "plx_poller_add");
    }

    /** See plx_poller_modify(). */
    void modify(int fd, std::uint64_t token, std::uint32_t interest,
                std::error_code& code) noexcept {
        detail::report(plx_poller_modify(poller_, fd, token, interest), code);
    }
    /** See plx_poller_modify(). Throws plx::error. */
    void modify(int fd, std::uint64_t token, std::uint32_t interest) {
        detail::check(plx_poller_modify(poller_, fd, token, interest), "plx_poller_modify");
    }

    /** See plx_poller_remove(). */
    void remove(int fd, std::error_code& code) noexcept {
        detail::report(plx_poller_remove(poller_, fd), code);
    }
    /** See plx_poller_remove(). Throws plx::error. */
    void remove(int fd) { detail::check(plx_poller_remove(poller_, fd), "plx_poller_remove"); }

    /**
     * @brief See plx_poller_wait().
     * @param events room for the events.
     * @param capacity how many there is room for, at least 1.
     * @param timeout a duration or plx::forever.
     * @param code the error. A signal handler that ran is one: `std::errc::interrupted`.
     * @return the events, at the start of the room; empty means that the time is up, or an error.
     */
    template <typename Timeout>
    event_range wait(event* events, std::size_t capacity, Timeout timeout,
                     std::error_code& code) noexcept {
        const int count = detail::report(wait_for(events, capacity, timeout), code);
        return event_range(events, static_cast<std::size_t>(count));
    }
    /** The same, but throws plx::error. */
    template <typename Timeout>
    event_range wait(event* events, std::size_t capacity, Timeout timeout) {
        const int count = detail::check(wait_for(events, capacity, timeout), "plx_poller_wait");
        return event_range(events, static_cast<std::size_t>(count));
    }

    /** The same with an array, `std::array`, `std::vector`: as many events as it has elements. */
    template <typename Buffer, typename Timeout>
    event_range wait(Buffer& buffer, Timeout timeout, std::error_code& code) noexcept {
        return wait(std::data(buffer), std::size(buffer), timeout, code);
    }
    /** The same, but throws plx::error. */
    template <typename Buffer, typename Timeout>
    event_range wait(Buffer& buffer, Timeout timeout) {
        return wait(std::data(buffer), std::size(buffer), timeout);
    }
#ifdef __cpp_lib_span
    /** The same with a span. */
    template <typename Timeout>
    event_range wait(std::span<event> buffer, Timeout timeout, std::error_code& code) noexcept {
        return wait(buffer.data(), buffer.size(), timeout, code);
    }
    /** The same, but throws plx::error. */
    template <typename Timeout>
    event_range wait(std::span<event> buffer, Timeout timeout) {
        return wait(buffer.data(), buffer.size(), timeout);
    }
#endif

    /** See plx_poller_wake(). */
    void wake(std::error_code& code) noexcept {
        detail::report(plx_poller_wake(poller_), code);
    }
    /** See plx_poller_wake(). Throws plx::error. */
    void wake() {
        detail::check(plx_poller_wake(poller_), "plx_poller_wake");
    }
    /** For other threads and signal handlers, which need nothing else of the poller. */
    plx::waker waker() const noexcept {
        return plx::waker(poller_);
    }

    /** See plx_poller_after_fork(). */
    void after_fork(std::error_code& code) noexcept {
        detail::report(plx_poller_after_fork(poller_), code);
    }
    /** See plx_poller_after_fork(). Throws plx::error. */
    void after_fork() {
        detail::check(plx_poller_after_fork(poller_), "plx_poller_after_fork");
    }

private:
    int create(const options& how) noexcept {
        plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
        options.backend = static_cast<std::uint32_t>(how.backend);
        options.required_capabilities = how.required_capabilities;
        return plx_poller_create(&poller_, &options);
    }

    template <typename Timeout>
    int wait_for(event* events, std::size_t capacity, Timeout timeout) noexcept {
        constexpr std::size_t most = std::numeric_limits<int>::max();
        return plx_poller_wait(poller_, events, static_cast<int>(capacity < most ? capacity : most),
                               to_nanoseconds(timeout));
    }

    plx_poller* poller_ = nullptr;
};

}  // namespace plx

#endif /* POLLUX_POLLUX_HPP */
