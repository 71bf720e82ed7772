// SPDX-License-Identifier: MIT
// Reading and writing files at an offset, in the pool.
#include "loop/work_items.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <cerrno>

namespace pollux {

namespace {

static_assert(sizeof(off_t) == sizeof(int64_t));

// Some systems refuse more than INT_MAX bytes at once (macOS: EINVAL).
constexpr size_t kMostAtOnce = size_t{1} << 30;

struct Read {
    static ssize_t some(int fd, char* at, size_t count, off_t where) noexcept {
        return pread(fd, at, count, where);
    }
};

struct Write {
    static ssize_t some(int fd, const char* at, size_t count, off_t where) noexcept {
        return pwrite(fd, at, count, where);
    }
};

template <typename Direction, typename Byte>
class Transfer final : public WorkItem {
public:
    Transfer(int fd, Byte* buffer, size_t size, int64_t offset, plx_file_fn fn, void* user) noexcept
        : fd_(fd), buffer_(buffer), size_(size), offset_(offset), fn_(fn), user_(user) {}

    void run() noexcept override { result_ = transfer(); }
    void finish(plx_loop* loop, int status) noexcept override {
        fn_(loop, handle, status < 0 ? status : result_, user_);
    }

private:
    // Asks the system once even if the size is 0: the descriptor may be wrong. An error counts more
    // than what went before it, so that nobody takes a part for the whole.
    int64_t transfer() const noexcept {
        size_t moved = 0;
        for (;;) {
            const size_t left = size_ - moved;
            const size_t count = left < kMostAtOnce ? left : kMostAtOnce;
            const auto where = static_cast<off_t>(offset_ + static_cast<int64_t>(moved));
            const ssize_t now = Direction::some(fd_, buffer_ + moved, count, where);
            if (now < 0 && errno == EINTR) continue;
            if (now < 0) return -errno;
            moved += static_cast<size_t>(now);
            if (now == 0 || moved == size_) return static_cast<int64_t>(moved);
        }
    }

    int fd_;
    Byte* buffer_;
    size_t size_;
    int64_t offset_;
    plx_file_fn fn_;
    void* user_;
    int64_t result_ = 0;
};

}  // namespace

WorkItem* make_file_read(int fd, void* buffer, size_t size, int64_t offset, plx_file_fn fn,
                         void* user) noexcept {
    return new Transfer<Read, char>(fd, static_cast<char*>(buffer), size, offset, fn, user);
}

WorkItem* make_file_write(int fd, const void* buffer, size_t size, int64_t offset, plx_file_fn fn,
                          void* user) noexcept {
    return new Transfer<Write, const char>(fd, static_cast<const char*>(buffer), size, offset, fn,
                                           user);
}

}  // namespace pollux
