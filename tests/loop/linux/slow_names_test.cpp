// SPDX-License-Identifier: MIT
// Names that nobody answers: getaddrinfo is replaced by one that takes as long as it is told to.
#include "support/fds.hpp"
#include "support/threads.hpp"
#include "support/work.hpp"

#include <netdb.h>

#include <cerrno>
#include <deque>

using namespace support;

namespace {

Gate* server = nullptr;

void on_answer(plx_loop*, plx_handle, int status, const plx_address*, size_t, void* user) {
    CHECK(status == -ENOENT);
    ++*static_cast<int*>(user);
}

void on_read(plx_loop* loop, plx_handle, int64_t result, void*) {
    CHECK(result == 0);
    plx_loop_stop(loop);
}

}  // namespace

// The name is the linker's.
extern "C" int __wrap_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
    server->pass();
    return EAI_NONAME;
}

TEST_CASE("names that nobody answers do not hold up other work and files") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    constexpr int kNames = 20;
    Gate gate;
    server = &gate;
    const Fd file = make_regular_file();
    char byte;
    int answered = 0;
    const Loop loop(backend, 0, 4);
    for (int i = 0; i < kNames; ++i)
        REQUIRE(plx_resolve_start(loop.get(), nullptr, "name", nullptr, 0, on_answer, &answered) ==
                0);
    gate.await(2);
    std::deque<Work> works;
    for (int i = 0; i < 50; ++i) {
        works.emplace_back(nothing);
        REQUIRE(works.back().start(loop) == 0);
    }
    while (works.back().told().empty() || loop.stats().work_handles > kNames)
        loop.run_once();
    REQUIRE(plx_file_read_start(loop.get(), nullptr, file, &byte, 1, 0, on_read, nullptr) == 0);
    CHECK(loop.run() == 1);
    CHECK(answered == 0);
    CHECK(gate.most_inside() == 2);
    gate.open();
    CHECK(loop.run() == 0);
    CHECK(answered == kNames);
    CHECK(gate.most_inside() == 2);
}
