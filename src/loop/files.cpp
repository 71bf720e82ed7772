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

struct FileTransfer : WorkItem {
    int fd;
    char* buffer;
    size_t size;
    int64_t offset;
    plx_file_fn fn;
    void* user;
    int64_t result = 0;

    // As pread and pwrite.
    virtual ssize_t transfer(char* at, size_t count, off_t where) noexcept = 0;

    // Until all is done, the file ends or there is an error; what was done before it counts.
    void run() noexcept override {
        while (static_cast<size_t>(result) < size) {
            const size_t left = size - static_cast<size_t>(result);
            const size_t count = left < kMostAtOnce ? left : kMostAtOnce;
            const ssize_t done = transfer(buffer + result, count, offset + result);
            if (done == 0) return;
            if (done > 0) {
                result += done;
            } else if (errno != EINTR) {
                if (result == 0) result = -errno;
                return;
            }
        }
    }
    void finish(plx_loop* loop, int status) noexcept override {
        fn(loop, handle, status < 0 ? status : result, user);
    }
};

struct FileRead final : FileTransfer {
    ssize_t transfer(char* at, size_t count, off_t where) noexcept override {
        return pread(fd, at, count, where);
    }
};

struct FileWrite final : FileTransfer {
    ssize_t transfer(char* at, size_t count, off_t where) noexcept override {
        return pwrite(fd, at, count, where);
    }
};

template <typename Transfer>
WorkItem* make(int fd, void* buffer, size_t size, int64_t offset, plx_file_fn fn,
               void* user) noexcept {
    auto* item = new Transfer;
    if (item == nullptr) return nullptr;
    item->fd = fd;
    item->buffer = static_cast<char*>(buffer);
    item->size = size;
    item->offset = offset;
    item->fn = fn;
    item->user = user;
    return item;
}

}  // namespace

WorkItem* make_file_read(int fd, void* buffer, size_t size, int64_t offset, plx_file_fn fn,
                         void* user) noexcept {
    return make<FileRead>(fd, buffer, size, offset, fn, user);
}

WorkItem* make_file_write(int fd, const void* buffer, size_t size, int64_t offset, plx_file_fn fn,
                          void* user) noexcept {
    // pwrite only reads it.
    return make<FileWrite>(fd, const_cast<void*>(buffer), size, offset, fn, user);
}

}  // namespace pollux
