// SPDX-License-Identifier: MIT
// What becomes of each answer of getaddrinfo, which is replaced by one that says what it is told
// to.
#include "loop/work_items.hpp"
#include "support/catch.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

using pollux::WorkItem;

namespace {

// What the next calls answer: an error, or these addresses.
int next_error = 0;
int next_errno = 0;
std::vector<addrinfo> next_list;
int given_out = 0;  // lists that were not taken back
addrinfo last_hints;

int say(addrinfo** list) {
    errno = next_errno;
    if (next_error != 0) return next_error;
    for (size_t i = 0; i + 1 < next_list.size(); ++i)
        next_list[i].ai_next = &next_list[i + 1];
    *list = next_list.data();
    ++given_out;
    return 0;
}

addrinfo entry(int family, void* address, size_t size) {
    addrinfo info{};
    info.ai_family = family;
    info.ai_addr = static_cast<sockaddr*>(address);
    info.ai_addrlen = static_cast<socklen_t>(size);
    return info;
}

sockaddr_in ipv4(const char* text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    REQUIRE(inet_pton(AF_INET, text, &address.sin_addr) == 1);
    return address;
}

sockaddr_in6 ipv6(const char* text, uint32_t scope) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_scope_id = scope;
    REQUIRE(inet_pton(AF_INET6, text, &address.sin6_addr) == 1);
    return address;
}

struct Answer {
    int status = 1;
    std::vector<plx_address> list;
};

void on_answer(plx_loop*, plx_handle, int status, const plx_address* list, size_t count,
               void* user) {
    *static_cast<Answer*>(user) = {status, {list, list + count}};
}

Answer resolve(const char* host, const char* service, uint32_t family = 0) {
    Answer answer;
    WorkItem* item = pollux::make_resolve(host, service, family, on_answer, &answer);
    REQUIRE(item != nullptr);
    CHECK(item->is_slow);
    item->run();
    CHECK(given_out == 0);
    item->finish(nullptr, 0);
    delete item;
    return answer;
}

int status_of(int error, int system_error = 0) {
    next_error = error;
    next_errno = system_error;
    const Answer answer = resolve("host", nullptr);
    CHECK(answer.list.empty());
    next_error = next_errno = 0;
    return answer.status;
}

}  // namespace

// The names are the linker's.
extern "C" {
int __wrap_getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                       addrinfo** list);
void __wrap_freeaddrinfo(addrinfo* list);

int __wrap_getaddrinfo(const char*, const char*, const addrinfo* hints, addrinfo** list) {
    last_hints = *hints;
    return say(list);
}

void __wrap_freeaddrinfo(addrinfo* list) {
    if (list == next_list.data()) --given_out;
}
}

TEST_CASE("errors of the resolver are told by what the caller can do") {
    CHECK(status_of(EAI_NONAME) == -ENOENT);
    CHECK(status_of(EAI_NODATA) == -ENOENT);
    CHECK(status_of(EAI_ADDRFAMILY) == -ENOENT);
    CHECK(status_of(EAI_FAMILY) == -ENOENT);
    CHECK(status_of(EAI_AGAIN) == -EAGAIN);
    CHECK(status_of(EAI_FAIL) == -EIO);
    CHECK(status_of(EAI_MEMORY) == -ENOMEM);
    CHECK(status_of(EAI_SYSTEM, ENOMEM) == -ENOMEM);
    CHECK(status_of(EAI_SYSTEM, ECONNREFUSED) == -EIO);
    CHECK(status_of(EAI_SYSTEM, 0) == -EIO);
}

TEST_CASE("an unknown service is EINVAL, and trouble while looking for it is that trouble") {
    next_error = EAI_SERVICE;
    CHECK(resolve("host", "unknown").status == -EINVAL);
    next_error = EAI_NONAME;
    CHECK(resolve("host", "unknown").status == -EINVAL);
    next_error = EAI_MEMORY;
    CHECK(resolve("host", "unknown").status == -ENOMEM);
    next_error = 0;
}

TEST_CASE("addresses keep their order, come once, and others than IPv4 and IPv6 are left out") {
    sockaddr_in first = ipv4("192.0.2.1");
    sockaddr_in6 second = ipv6("fe80::1", 3);
    sockaddr_in6 third = ipv6("fe80::1", 4);
    sockaddr strange{};
    strange.sa_family = AF_UNIX;
    next_list = {entry(AF_UNIX, &strange, sizeof strange), entry(AF_INET, &first, sizeof first),
                 entry(AF_INET6, &second, sizeof second),  entry(AF_INET, &first, sizeof first),
                 entry(AF_INET6, &third, sizeof third),    entry(AF_INET6, &second, sizeof second)};
    const Answer answer = resolve("host", "4242");
    CHECK(answer.status == 0);
    REQUIRE(answer.list.size() == 3);
    CHECK(answer.list[0].family == PLX_ADDRESS_IPV4);
    CHECK(answer.list[0].bytes[3] == 1);
    CHECK(answer.list[1].scope_id == 3);
    CHECK(answer.list[2].scope_id == 4);
    for (const plx_address& address : answer.list)
        CHECK(address.port == 4242);
    next_list.clear();
}

TEST_CASE("a list without any usable address is ENOENT") {
    sockaddr strange{};
    next_list = {entry(AF_UNIX, &strange, sizeof strange)};
    CHECK(resolve("host", nullptr).status == -ENOENT);
    next_list.clear();
}

TEST_CASE("the resolver is asked for one type of socket, the family, and nothing of the network") {
    status_of(EAI_NONAME);
    CHECK(last_hints.ai_family == AF_UNSPEC);
    CHECK(last_hints.ai_socktype == SOCK_STREAM);
    CHECK(last_hints.ai_flags == 0);
    next_error = EAI_NONAME;
    resolve("host", nullptr, PLX_ADDRESS_IPV4);
    CHECK(last_hints.ai_family == AF_INET);
    resolve("host", nullptr, PLX_ADDRESS_IPV6);
    CHECK(last_hints.ai_family == AF_INET6);
    next_error = 0;
}
