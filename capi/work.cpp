// SPDX-License-Identifier: MIT
// The C face of the loop's pool.
#include "loop/loop.hpp"
#include "loop/work_items.hpp"
#include "pollux/pollux.h"

#include <cerrno>

using pollux::WorkItem;

namespace {

int start(plx_loop* loop, plx_handle* out, WorkItem* item) noexcept {
    if (item == nullptr) return -ENOMEM;
    const int rc = reinterpret_cast<pollux::Loop*>(loop)->start_work(out, item);
    if (rc < 0) delete item;
    return rc;
}

bool is_family(uint32_t family) noexcept {
    return family == 0 || family == PLX_ADDRESS_IPV4 || family == PLX_ADDRESS_IPV6;
}

bool is_file_range(const void* buffer, size_t size, int64_t offset) noexcept {
    if (offset < 0 || (buffer == nullptr && size != 0) || size > SIZE_MAX / 2) return false;
    return size <= static_cast<uint64_t>(INT64_MAX - offset);
}

}  // namespace

int plx_work_start(plx_loop* loop, plx_handle* out, plx_work_fn work, plx_done_fn done,
                   void* user) {
    if (loop == nullptr || work == nullptr) return -EINVAL;
    return start(loop, out, pollux::make_call(work, done, user));
}

int plx_resolve_start(plx_loop* loop, plx_handle* out, const char* host, const char* service,
                      uint32_t family, plx_resolve_fn fn, void* user) {
    if (loop == nullptr || host == nullptr || fn == nullptr || !is_family(family)) return -EINVAL;
    return start(loop, out, pollux::make_resolve(host, service, family, fn, user));
}

int plx_file_read_start(plx_loop* loop, plx_handle* out, int fd, void* buffer, size_t size,
                        int64_t offset, plx_file_fn fn, void* user) {
    if (loop == nullptr || fn == nullptr || !is_file_range(buffer, size, offset)) return -EINVAL;
    return start(loop, out, pollux::make_file_read(fd, buffer, size, offset, fn, user));
}

int plx_file_write_start(plx_loop* loop, plx_handle* out, int fd, const void* buffer, size_t size,
                         int64_t offset, plx_file_fn fn, void* user) {
    if (loop == nullptr || fn == nullptr || !is_file_range(buffer, size, offset)) return -EINVAL;
    return start(loop, out, pollux::make_file_write(fd, buffer, size, offset, fn, user));
}
