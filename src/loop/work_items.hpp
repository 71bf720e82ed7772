// SPDX-License-Identifier: MIT
// The kinds of work, as the C face makes them. nullptr when out of memory.
#pragma once

#include "loop/work_pool.hpp"

#include <cstddef>
#include <cstdint>

namespace pollux {

WorkItem* make_call(plx_work_fn work, plx_done_fn done, void* user) noexcept;
WorkItem* make_resolve(const char* host, const char* service, uint32_t family, plx_resolve_fn fn,
                       void* user) noexcept;
WorkItem* make_file_read(int fd, void* buffer, size_t size, int64_t offset, plx_file_fn fn,
                         void* user) noexcept;
WorkItem* make_file_write(int fd, const void* buffer, size_t size, int64_t offset, plx_file_fn fn,
                          void* user) noexcept;

}  // namespace pollux
