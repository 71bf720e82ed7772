/* SPDX-License-Identifier: MIT */
#ifndef POLLUX_FILES_HPP
#define POLLUX_FILES_HPP

/**
 * @file files.hpp
 * @brief Reading and writing files in the threads of a loop. A part of loop.hpp.
 */

#include <pollux/tasks.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace plx {

namespace detail {

template <typename Buffer, typename Fn>
struct file_record final : task_record {
    using element = std::remove_pointer_t<decltype(std::data(std::declval<Buffer&>()))>;
    static_assert(std::is_trivially_copyable_v<element>, "files hold bytes");

    template <typename FromBuffer, typename From>
    file_record(FromBuffer&& from_buffer, From&& from)
        : buffer(std::in_place, std::forward<FromBuffer>(from_buffer)),
          fn(std::in_place, std::forward<From>(from)) {}
    std::size_t size() const noexcept { return std::size(*buffer) * sizeof(element); }
    static void on_end(plx_loop*, plx_handle, std::int64_t result, void* user) noexcept {
        auto& self = *static_cast<file_record*>(user);
        self.finish([&] { self.tell(result); });
    }
    void tell(std::int64_t result) {
        const std::error_code code = to_code(result < 0 ? static_cast<int>(result) : 0);
        const auto count = static_cast<std::size_t>(result < 0 ? 0 : result);
        if constexpr (std::is_invocable_v<Fn&, std::error_code, std::size_t, Buffer&>) {
            (*fn)(code, count, *buffer);
        } else {
            call(*fn, code, count);
        }
    }
    void tell_canceled() override { tell(-ECANCELED); }
    void drop() noexcept override {
        fn.reset();
        buffer.reset();
    }

    std::optional<Buffer> buffer;
    std::optional<Fn> fn;
};

}  // namespace detail

/** @brief Reads from a file at an offset. See plx_file_read_start(). */
class file_read : public task {
public:
    /** Empty. */
    file_read() noexcept = default;
    /**
     * @brief Starts to read. Throws plx::error.
     * @param on the loop.
     * @param fd the file; to be kept open until `fn` is called, or the loop is destroyed.
     * @param buffer a `std::vector`, `std::string`, `std::array` and so on, of the size that is
     * wanted. It is moved in and kept until the read has ended. A span or the like is kept as such.
     * @param offset where, at least 0.
     * @param fn called with a `std::error_code`, the number of bytes, and the buffer by reference.
     */
    template <typename Buffer, typename Fn>
    file_read(loop& on, int fd, Buffer&& buffer, std::int64_t offset, Fn&& fn) {
        detail::check(start(on, fd, std::forward<Buffer>(buffer), offset, std::forward<Fn>(fn)),
                      "plx_file_read_start");
    }
    /** The same, or empty with the error in `code`. */
    template <typename Buffer, typename Fn>
    file_read(loop& on, int fd, Buffer&& buffer, std::int64_t offset, Fn&& fn,
              std::error_code& code) {
        detail::report(start(on, fd, std::forward<Buffer>(buffer), offset, std::forward<Fn>(fn)),
                       code);
    }

private:
    template <typename Buffer, typename Fn>
    int start(loop& on, int fd, Buffer&& buffer, std::int64_t offset, Fn&& fn) {
        using made = detail::file_record<std::decay_t<Buffer>, std::decay_t<Fn>>;
        return open(on, std::make_unique<made>(std::forward<Buffer>(buffer), std::forward<Fn>(fn)),
                    [&](plx_loop* loop, made* one) {
                        return plx_file_read_start(loop, &one->handle, fd, std::data(*one->buffer),
                                                   one->size(), offset, made::on_end, one);
                    });
    }
};

/** @brief Writes to a file at an offset. See plx_file_write_start(). */
class file_write : public task {
public:
    /** Empty. */
    file_write() noexcept = default;
    /** @brief Starts to write all of a buffer, otherwise as plx::file_read. Throws plx::error. */
    template <typename Buffer, typename Fn>
    file_write(loop& on, int fd, Buffer&& buffer, std::int64_t offset, Fn&& fn) {
        detail::check(start(on, fd, std::forward<Buffer>(buffer), offset, std::forward<Fn>(fn)),
                      "plx_file_write_start");
    }
    /** The same, or empty with the error in `code`. */
    template <typename Buffer, typename Fn>
    file_write(loop& on, int fd, Buffer&& buffer, std::int64_t offset, Fn&& fn,
               std::error_code& code) {
        detail::report(start(on, fd, std::forward<Buffer>(buffer), offset, std::forward<Fn>(fn)),
                       code);
    }

private:
    template <typename Buffer, typename Fn>
    int start(loop& on, int fd, Buffer&& buffer, std::int64_t offset, Fn&& fn) {
        using made = detail::file_record<std::decay_t<Buffer>, std::decay_t<Fn>>;
        return open(on, std::make_unique<made>(std::forward<Buffer>(buffer), std::forward<Fn>(fn)),
                    [&](plx_loop* loop, made* one) {
                        return plx_file_write_start(loop, &one->handle, fd, std::data(*one->buffer),
                                                    one->size(), offset, made::on_end, one);
                    });
    }
};

}  // namespace plx

#endif /* POLLUX_FILES_HPP */
