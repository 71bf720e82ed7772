// SPDX-License-Identifier: MIT
// The C library's own close(), past the one that this library puts in front of it.
#pragma once

#include <utility>

namespace kqueue_linux {

int real_close(int fd) noexcept;

class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept {
        if (fd_ >= 0) real_close(release());
    }

private:
    int fd_ = -1;
};

}  // namespace kqueue_linux
