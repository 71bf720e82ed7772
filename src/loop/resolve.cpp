// SPDX-License-Identifier: MIT
// Names to addresses, with getaddrinfo in the pool.
#include "core/buffer.hpp"
#include "loop/work_items.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace pollux {

namespace {

int to_errno(int error, int system_error) noexcept {
    switch (error) {
        case EAI_AGAIN:
            return -EAGAIN;
        case EAI_FAIL:
            return -EIO;
        case EAI_MEMORY:
            return -ENOMEM;
        case EAI_SERVICE:
            return -EINVAL;
        case EAI_SYSTEM:
            return system_error > 0 ? -system_error : -EIO;
        default:
            return -ENOENT;
    }
}

int to_family(uint32_t family) noexcept {
    if (family == PLX_ADDRESS_IPV4) return AF_INET;
    return family == PLX_ADDRESS_IPV6 ? AF_INET6 : AF_UNSPEC;
}

bool to_address(const addrinfo& info, plx_address* out) noexcept {
    *out = {};
    if (info.ai_family == AF_INET) {
        sockaddr_in found;
        std::memcpy(&found, info.ai_addr, sizeof found);
        out->family = PLX_ADDRESS_IPV4;
        out->port = ntohs(found.sin_port);
        std::memcpy(out->bytes, &found.sin_addr, sizeof found.sin_addr);
        return true;
    }
    if (info.ai_family == AF_INET6) {
        sockaddr_in6 found;
        std::memcpy(&found, info.ai_addr, sizeof found);
        out->family = PLX_ADDRESS_IPV6;
        out->port = ntohs(found.sin6_port);
        std::memcpy(out->bytes, &found.sin6_addr, sizeof found.sin6_addr);
        out->scope_id = found.sin6_scope_id;
        return true;
    }
    return false;
}

struct Resolve final : WorkItem {
    char* host = nullptr;  // host and service are in one piece of memory
    char* service = nullptr;
    uint32_t family = 0;
    plx_resolve_fn fn = nullptr;
    void* user = nullptr;
    int status = 0;
    Buffer<plx_address> found;

    ~Resolve() override { std::free(host); }

    bool copy_names(const char* given_host, const char* given_service) noexcept {
        const size_t host_size = std::strlen(given_host) + 1;
        const size_t service_size = given_service == nullptr ? 0 : std::strlen(given_service) + 1;
        host = static_cast<char*>(std::malloc(host_size + service_size));
        if (host == nullptr) return false;
        std::memcpy(host, given_host, host_size);
        if (service_size == 0) return true;
        service = host + host_size;
        std::memcpy(service, given_service, service_size);
        return true;
    }

    void run() noexcept override {
        addrinfo hints{};
        hints.ai_family = to_family(family);
        hints.ai_socktype = SOCK_STREAM;  // else each address comes once for each type
        addrinfo* list = nullptr;
        const int error = getaddrinfo(host, service, &hints, &list);
        status = error == 0 ? collect(list) : to_errno(error, errno);
        if (error == 0) freeaddrinfo(list);
        if (status < 0) found.clear();
    }

    int collect(const addrinfo* list) noexcept {
        for (; list != nullptr; list = list->ai_next) {
            plx_address address;
            if (!to_address(*list, &address) || is_known(address)) continue;
            if (!found.push(address)) return -ENOMEM;
        }
        return found.size() == 0 ? -ENOENT : 0;
    }

    bool is_known(const plx_address& address) const noexcept {
        for (size_t i = 0; i < found.size(); ++i) {
            if (std::memcmp(&found[i], &address, sizeof address) == 0) return true;
        }
        return false;
    }

    void finish(plx_loop* loop, int given) noexcept override {
        fn(loop, handle, given < 0 ? given : status, found.data(), found.size(), user);
    }
};

}  // namespace

WorkItem* make_resolve(const char* host, const char* service, uint32_t family, plx_resolve_fn fn,
                       void* user) noexcept {
    auto* item = new Resolve;
    if (item == nullptr) return nullptr;
    if (!item->copy_names(host, service)) {
        delete item;
        return nullptr;
    }
    item->is_slow = true;
    item->family = family;
    item->fn = fn;
    item->user = user;
    return item;
}

}  // namespace pollux
