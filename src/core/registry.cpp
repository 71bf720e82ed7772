// SPDX-License-Identifier: MIT
#include "core/registry.hpp"

#include "core/environment.hpp"

#include <cerrno>
#include <cstring>

namespace pollux {

namespace {

constexpr struct {
    uint32_t id;
    const char* name;
} kNames[] = {
    {PLX_BACKEND_AUTO, "auto"},
    {PLX_BACKEND_EPOLL, "epoll"},
    {PLX_BACKEND_KQUEUE, "kqueue"},
    {PLX_BACKEND_POLL, "poll"},
};

// The kernel does not have the mechanism or a sandbox forbids it. That is a reason to go on to the
// next candidate; a shortage of descriptors or memory is not.
bool is_refusal(int rc) noexcept {
    return rc == -ENOSYS || rc == -EPERM || rc == -EACCES;
}

bool has_capabilities(const BackendInfo& info, uint32_t required) noexcept {
    return (info.capabilities & required) == required;
}

int check_options(const plx_poller_options& options) noexcept {
    if (backend_name(options.backend) == nullptr) return -EINVAL;
    if ((options.required_capabilities & ~kAllCapabilities) != 0) return -EINVAL;
    if (options.flags != 0 || options.reserved != 0) return -EINVAL;
    return 0;
}

// PLX_BACKEND_AUTO unless the environment names one.
int backend_from_environment(uint32_t* out) noexcept {
    const char* name = trusted_environment("POLLUX_BACKEND");
    if (name == nullptr || *name == '\0') return 0;
    return backend_from_name(name, out);
}

int create_one(const BackendInfo& info, Backend** out, Mutex& changes) noexcept {
    const int rc = info.create(out, changes);
    return is_refusal(rc) ? -ENOTSUP : rc;
}

}  // namespace

const BackendInfo* find_backend(uint32_t id) noexcept {
    for (const BackendInfo* info : compiled_backends()) {
        if (info->id == id) return info;
    }
    return nullptr;
}

const char* backend_name(uint32_t id) noexcept {
    for (const auto& known : kNames) {
        if (known.id == id) return known.name;
    }
    return nullptr;
}

int backend_from_name(const char* name, uint32_t* out) noexcept {
    for (const auto& known : kNames) {
        if (std::strcmp(known.name, name) == 0) {
            *out = known.id;
            return 0;
        }
    }
    return -EINVAL;
}

size_t list_usable_backends(uint32_t* ids, size_t capacity) noexcept {
    size_t count = 0;
    for (const BackendInfo* info : compiled_backends()) {
        Mutex changes;
        Backend* probe = nullptr;
        if (create_one(*info, &probe, changes) == -ENOTSUP) continue;
        delete probe;
        if (count < capacity) ids[count] = info->id;
        ++count;
    }
    return count;
}

int create_backend(const BackendInfo** info, Backend** out, Mutex& changes,
                   const plx_poller_options& options) noexcept {
    int rc = check_options(options);
    if (rc < 0) return rc;
    uint32_t wanted = options.backend;
    if (wanted == PLX_BACKEND_AUTO) rc = backend_from_environment(&wanted);
    if (rc < 0) return rc;
    for (const BackendInfo* candidate : compiled_backends()) {
        if (wanted != PLX_BACKEND_AUTO && wanted != candidate->id) continue;
        if (!has_capabilities(*candidate, options.required_capabilities)) continue;
        rc = create_one(*candidate, out, changes);
        if (rc == -ENOTSUP) continue;
        *info = candidate;
        return rc;
    }
    return -ENOTSUP;
}

}  // namespace pollux
