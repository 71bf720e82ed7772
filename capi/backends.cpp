// SPDX-License-Identifier: MIT
#include "core/registry.hpp"
#include "pollux/pollux.h"

#include <cerrno>

size_t plx_backend_list(uint32_t* ids, size_t capacity) {
    return pollux::list_usable_backends(ids, ids == nullptr ? 0 : capacity);
}

const char* plx_backend_name(uint32_t backend) {
    return pollux::backend_name(backend);
}

int plx_backend_from_name(const char* name, uint32_t* out) {
    if (name == nullptr || out == nullptr) return -EINVAL;
    return pollux::backend_from_name(name, out);
}

uint32_t plx_backend_capabilities(uint32_t backend) {
    const pollux::BackendInfo* info = pollux::find_backend(backend);
    return info == nullptr ? 0 : info->capabilities;
}
