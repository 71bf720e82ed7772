// SPDX-License-Identifier: MIT
// Names and addresses. Nothing here needs a network: numbers, the loopback, reserved names.
#include "support/loop.hpp"
#include "support/threads.hpp"
#include "support/work.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

using namespace support;

namespace {

struct Answer {
    int calls = 0;
    int status = 1;
    plx_handle handle = 0;
    std::vector<plx_address> list;
    bool has_list = false;
};

void on_answer(plx_loop*, plx_handle handle, int status, const plx_address* list, size_t count,
               void* user) {
    auto* answer = static_cast<Answer*>(user);
    ++answer->calls;
    answer->status = status;
    answer->handle = handle;
    answer->has_list = list != nullptr;
    answer->list.assign(list, list + count);
}

Answer resolve(uint32_t backend, const char* host, const char* service = nullptr,
               uint32_t family = 0) {
    const Watchdog watchdog;
    const Loop loop(backend);
    Answer answer;
    plx_handle handle = 0;
    REQUIRE(plx_resolve_start(loop.get(), &handle, host, service, family, on_answer, &answer) == 0);
    REQUIRE(loop.run() == 0);
    REQUIRE(answer.calls == 1);
    REQUIRE(answer.handle == handle);
    REQUIRE((answer.status == 0) == !answer.list.empty());
    REQUIRE(answer.has_list == (answer.status == 0));
    for (const plx_address& address : answer.list)
        CHECK(address.reserved == 0);
    return answer;
}

Answer resolve(const char* host, const char* service = nullptr, uint32_t family = 0) {
    return resolve(available_backends().front(), host, service, family);
}

using Bytes = std::vector<uint8_t>;

Bytes bytes_of(const plx_address& address) {
    return {address.bytes, address.bytes + sizeof address.bytes};
}

const Bytes kLoopback4 = {127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
const Bytes kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

}  // namespace

TEST_CASE("a numeric IPv4 address with a port number is itself, once") {
    FOR_EACH_BACKEND(backend);
    const Answer answer = resolve(backend, "192.0.2.77", "8080");
    REQUIRE(answer.list.size() == 1);
    CHECK(answer.list[0].family == PLX_ADDRESS_IPV4);
    CHECK(answer.list[0].port == 8080);
    CHECK(answer.list[0].scope_id == 0);
    CHECK(bytes_of(answer.list[0]) == Bytes{192, 0, 2, 77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a numeric IPv6 address is itself, once, and has port 0 without a service") {
    FOR_EACH_BACKEND(backend);
    const Answer answer = resolve(backend, "2001:db8::7");
    REQUIRE(answer.list.size() == 1);
    CHECK(answer.list[0].family == PLX_ADDRESS_IPV6);
    CHECK(answer.list[0].port == 0);
    CHECK(bytes_of(answer.list[0]) ==
          Bytes{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7});
}

TEST_CASE("localhost is this machine") {
    const Answer answer = resolve("localhost", "80");
    REQUIRE(answer.status == 0);
    const bool all_are_loopback =
        std::all_of(answer.list.begin(), answer.list.end(), [](const plx_address& address) {
            const bool is_ipv6 = address.family == PLX_ADDRESS_IPV6;
            return address.port == 80 && bytes_of(address) == (is_ipv6 ? kLoopback6 : kLoopback4);
        });
    CHECK(all_are_loopback);
    CHECK(answer.list.size() <= 2);
}

TEST_CASE("only addresses of the family that was asked for are found") {
    CHECK(resolve("127.0.0.1", nullptr, PLX_ADDRESS_IPV4).list.size() == 1);
    CHECK(resolve("127.0.0.1", nullptr, PLX_ADDRESS_IPV6).status == -ENOENT);
    CHECK(resolve("::1", nullptr, PLX_ADDRESS_IPV6).list.size() == 1);
    CHECK(resolve("::1", nullptr, PLX_ADDRESS_IPV4).status == -ENOENT);
}

TEST_CASE("a service is a port number or a name, and nothing else") {
    CHECK(resolve("127.0.0.1", "0").list[0].port == 0);
    CHECK(resolve("127.0.0.1", "65535").list[0].port == 65535);
    for (const char* wrong : {"", "65536", "70000", "99999999999999999999", "no-such-service"}) {
        INFO("service: " << wrong);
        CHECK(resolve("127.0.0.1", wrong).status == -EINVAL);
    }
}

TEST_CASE("a service that only TCP or only UDP has is found") {
    // Where there is no list of services, there is nothing to find.
    const Answer tcp = resolve("127.0.0.1", "ssh");
    CHECK((tcp.status == -EINVAL || tcp.list[0].port == 22));
    const Answer udp = resolve("127.0.0.1", "tftp");
    CHECK((udp.status == -EINVAL || udp.list[0].port == 69));
    CHECK(tcp.status == udp.status);
}

TEST_CASE("a name that nobody may have is not found") {
    // Of a network that does not answer: "try again later".
    const int status = resolve("name.invalid").status;
    CHECK((status == -ENOENT || status == -EAGAIN));
    const std::string long_name(5'000, 'a');
    CHECK(resolve(long_name.c_str()).status < 0);
    CHECK(resolve("").status < 0);
}

TEST_CASE("host and service are copied") {
    const Watchdog watchdog;
    const Loop loop(available_backends().front(), 0, 1);
    Gate gate;
    Work blocking([&] { gate.pass(); });
    REQUIRE(blocking.start(loop) == 0);
    Answer answer;
    std::string host = "127.0.0.1";
    std::string service = "4242";
    REQUIRE(plx_resolve_start(loop.get(), nullptr, host.c_str(), service.c_str(), 0, on_answer,
                              &answer) == 0);
    host.assign(host.size(), 'x');
    service.assign(service.size(), 'x');
    gate.open();
    REQUIRE(loop.run() == 0);
    REQUIRE(answer.list.size() == 1);
    CHECK(answer.list[0].port == 4242);
}

TEST_CASE("resolving that has not begun can be cancelled, and is then told so without a list") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend, 0, 1);
    Gate gate;
    Work blocking([&] { gate.pass(); });
    REQUIRE(blocking.start(loop) == 0);
    Answer answer;
    plx_handle handle = 0;
    REQUIRE(plx_resolve_start(loop.get(), &handle, "::1", nullptr, 0, on_answer, &answer) == 0);
    CHECK(loop.close(handle) == 0);
    CHECK(answer.calls == 1);
    CHECK(answer.status == -ECANCELED);
    CHECK_FALSE(answer.has_list);
    gate.open();
    CHECK(loop.run() == 0);
    CHECK(answer.calls == 1);
}

TEST_CASE("many names at once are all answered, and take at most half of the threads") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend, 0, 6);
    std::vector<Answer> answers(200);
    for (Answer& answer : answers)
        REQUIRE(plx_resolve_start(loop.get(), nullptr, "127.0.0.1", "7", 0, on_answer, &answer) ==
                0);
    CHECK(loop.stats().work_threads <= 3);
    CHECK(loop.run() == 0);
    CHECK(std::all_of(answers.begin(), answers.end(), [](const Answer& answer) {
        return answer.calls == 1 && answer.list.size() == 1;
    }));
}

TEST_CASE("misuse of resolving is EINVAL") {
    const Loop loop(available_backends().front());
    plx_loop* get = loop.get();
    CHECK(plx_resolve_start(nullptr, nullptr, "::1", nullptr, 0, on_answer, nullptr) == -EINVAL);
    CHECK(plx_resolve_start(get, nullptr, nullptr, nullptr, 0, on_answer, nullptr) == -EINVAL);
    CHECK(plx_resolve_start(get, nullptr, "::1", nullptr, 5, on_answer, nullptr) == -EINVAL);
    CHECK(plx_resolve_start(get, nullptr, "::1", nullptr, 0, nullptr, nullptr) == -EINVAL);
    CHECK(loop.stats().work_handles == 0);
}
