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

// Systems differ in how many errors they have for "no such name", so that is what is left.
int to_status(int error) noexcept {
    switch (error) {
        case EAI_AGAIN:
            return -EAGAIN;
        case EAI_FAIL:
            return -EIO;
        case EAI_MEMORY:
            return -ENOMEM;
        case EAI_SYSTEM:
            return errno == ENOMEM ? -ENOMEM : -EIO;
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

// What getaddrinfo says. Not with AI_ADDRCONFIG, which hides addresses of the loopback interface,
// and numeric ones where there is no network.
class Answer {
public:
    Answer(const char* host, const char* service, int family, int type) noexcept {
        addrinfo hints{};
        hints.ai_family = family;
        hints.ai_socktype = type;  // else each address comes once for each type
        hints.ai_flags = host == nullptr ? AI_PASSIVE : 0;
        const int error = getaddrinfo(host, service, &hints, &first_);
        status_ = error == 0 ? 0 : to_status(error);
    }
    ~Answer() {
        if (status_ == 0) freeaddrinfo(first_);
    }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

    int status() const noexcept { return status_; }
    const addrinfo* first() const noexcept { return status_ == 0 ? first_ : nullptr; }

private:
    addrinfo* first_ = nullptr;
    int status_;
};

// Of digits alone; -1 if it is something else, -EINVAL if it is beyond a port.
int to_port_number(const char* text) noexcept {
    int port = 0;
    for (; *text != '\0'; ++text) {
        if (*text < '0' || *text > '9') return -1;
        port = port * 10 + (*text - '0');
        if (port > UINT16_MAX) return -EINVAL;
    }
    return port;
}

// Among the services of TCP, then those of UDP: some have a name for one of them only.
int look_up_service(const char* name) noexcept {
    int status = -ENOENT;
    constexpr int kTypes[] = {SOCK_STREAM, SOCK_DGRAM};
    for (const int type : kTypes) {
        const Answer answer(nullptr, name, AF_UNSPEC, type);
        plx_address address;
        if (answer.status() == 0 && to_address(*answer.first(), &address)) return address.port;
        status = answer.status();
        if (status != -ENOENT) break;
    }
    return status == -ENOENT ? -EINVAL : status;
}

// Apart from the host, since systems differ in the error when one of the two is unknown, and some
// take only a part of a number that is too large.
int to_port(const char* service) noexcept {
    if (service == nullptr) return 0;
    if (*service == '\0') return -EINVAL;
    const int port = to_port_number(service);
    return port == -1 ? look_up_service(service) : port;
}

class Resolve final : public WorkItem {
public:
    Resolve(uint32_t family, plx_resolve_fn fn, void* user) noexcept
        : family_(family), fn_(fn), user_(user) {
        is_slow = true;
    }
    ~Resolve() override { std::free(host_); }

    bool copy_names(const char* host, const char* service) noexcept {
        const size_t host_size = std::strlen(host) + 1;
        const size_t service_size = service == nullptr ? 0 : std::strlen(service) + 1;
        host_ = static_cast<char*>(std::malloc(host_size + service_size));
        if (host_ == nullptr) return false;
        std::memcpy(host_, host, host_size);
        if (service == nullptr) return true;
        service_ = host_ + host_size;
        std::memcpy(service_, service, service_size);
        return true;
    }

    void run() noexcept override {
        const int port = to_port(service_);
        status_ = port < 0 ? port : look_up_host(static_cast<uint16_t>(port));
    }

    void finish(plx_loop* loop, int status) noexcept override {
        if (status == 0) status = status_;
        const size_t count = status == 0 ? found_.size() : 0;
        fn_(loop, handle, status, count == 0 ? nullptr : found_.data(), count, user_);
    }

private:
    int look_up_host(uint16_t port) noexcept {
        const Answer answer(host_, nullptr, to_family(family_), SOCK_STREAM);
        if (answer.status() < 0) return answer.status();
        for (const addrinfo* info = answer.first(); info != nullptr; info = info->ai_next) {
            plx_address address;
            if (!to_address(*info, &address)) continue;
            address.port = port;
            if (!is_known(address) && !found_.push(address)) return -ENOMEM;
        }
        return found_.size() == 0 ? -ENOENT : 0;
    }

    bool is_known(const plx_address& address) const noexcept {
        for (size_t i = 0; i < found_.size(); ++i) {
            if (std::memcmp(&found_[i], &address, sizeof address) == 0) return true;
        }
        return false;
    }

    char* host_ = nullptr;  // the service is in the same piece of memory
    char* service_ = nullptr;
    uint32_t family_;
    plx_resolve_fn fn_;
    void* user_;
    int status_ = 0;
    Buffer<plx_address> found_;
};

}  // namespace

WorkItem* make_resolve(const char* host, const char* service, uint32_t family, plx_resolve_fn fn,
                       void* user) noexcept {
    auto* item = new Resolve(family, fn, user);
    if (item == nullptr || item->copy_names(host, service)) return item;
    delete item;
    return nullptr;
}

}  // namespace pollux
