// SPDX-License-Identifier: MIT
// Contract 1: a sandbox that does not know a system call, as the kernel enforces it. The filter
// cannot be taken off again, so each case has a child of its own.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/processes.hpp"
#include "support/threads.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>

using namespace support;

namespace {

// C libraries older than the call (Linux 5.11) do not name it.
constexpr uint32_t kEpollPwait2 = 441;

constexpr int kNoFilters = 77;

// From now on the system call fails with the error. False where there are no such filters: in some
// containers and emulators.
bool deny(uint32_t number, int error) {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog filter{};
    filter.len = sizeof program / sizeof *program;
    filter.filter = program;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// What there is to do with a poller: 0, or the line that failed is on stderr.
int use(plx_poller* poller, int ours, int theirs) {
    plx_event event{};
    for (int round = 0; round < 3; ++round) {
        CHILD_REQUIRE(plx_poller_wait(poller, &event, 1, kMillisecond / 2) == 0);
        CHILD_REQUIRE(plx_poller_add(poller, ours, 7, PLX_READABLE) == 0);
        CHILD_REQUIRE(write(theirs, "x", 1) == 1);
        CHILD_REQUIRE(plx_poller_wait(poller, &event, 1, kHang) == 1);
        CHILD_REQUIRE(event.token == 7 && event.fd == ours && (event.events & PLX_READABLE) != 0);
        CHILD_REQUIRE(plx_poller_modify(poller, ours, 8, PLX_WRITABLE) == 0);
        CHILD_REQUIRE(plx_poller_wait(poller, &event, 1, -1) == 1 && event.token == 8);
        CHILD_REQUIRE(plx_poller_remove(poller, ours) == 0);
    }
    return kChildOk;
}

// More of them than a pipe or the buffer of a socket holds, each after the report of the last.
int wake_often(plx_poller* poller) {
    plx_event event{};
    for (int round = 0; round < 100'000; ++round) {
        CHILD_REQUIRE(plx_poller_wake(poller) == 0);
        CHILD_REQUIRE(plx_poller_wait(poller, &event, 1, kHang) == 1);
        CHILD_REQUIRE(event.events == PLX_WOKEN && event.fd == -1);
    }
    CHILD_REQUIRE(plx_poller_wait(poller, &event, 1, 0) == 0);
    return kChildOk;
}

int wake_a_wait_in_progress(plx_poller* poller) {
    for (int round = 0; round < 20; ++round) {
        Thread waker([poller] {
            sleep_for_ms(1);
            plx_poller_wake(poller);
        });
        plx_event event{};
        CHILD_REQUIRE(plx_poller_wait(poller, &event, 1, kHang) == 1);
        CHILD_REQUIRE(event.events == PLX_WOKEN);
    }
    return kChildOk;
}

int use_auto(const Pair& pair) {
    plx_poller* poller = nullptr;
    CHILD_REQUIRE(plx_poller_create(&poller, nullptr) == 0);
    uint32_t best = PLX_BACKEND_AUTO;
    CHILD_REQUIRE(plx_backend_list(&best, 1) >= 1);
    CHILD_REQUIRE(plx_poller_backend(poller) == best);
    CHILD_REQUIRE(use(poller, pair.ours, pair.theirs) == kChildOk);
    CHILD_REQUIRE(wake_often(poller) == kChildOk);
    CHILD_REQUIRE(wake_a_wait_in_progress(poller) == kChildOk);
    plx_poller_destroy(poller);
    return kChildOk;
}

// Each backend that says that it works.
int use_all_listed(const Pair& pair) {
    for (const uint32_t backend : available_backends()) {
        plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
        options.backend = backend;
        plx_poller* poller = nullptr;
        CHILD_REQUIRE(plx_poller_create(&poller, &options) == 0);
        CHILD_REQUIRE(use(poller, pair.ours, pair.theirs) == kChildOk);
        CHILD_REQUIRE(wake_often(poller) == kChildOk);
        plx_poller_destroy(poller);
    }
    return kChildOk;
}

// Runs body(pair) in a child that may not make the system call.
template <typename Body>
void without(uint32_t number, Body body) {
    const int error = GENERATE(ENOSYS, EPERM);
    INFO("error " << plx_error_name(-error));
    const Pair pair = make_socket_pair();
    const int status = run_in_child([&] {
        if (!deny(number, error)) return kNoFilters;
        return body(pair);
    });
    if (status == kNoFilters) {
        WARN("this system has no filters of system calls");
        return;
    }
    CHECK(status == kChildOk);
}

}  // namespace

TEST_CASE("in a sandbox without epoll_pwait2 AUTO gives a poller that works, which is epoll") {
    without(kEpollPwait2, [](const Pair& pair) {
        plx_poller* poller = nullptr;
        CHILD_REQUIRE(plx_poller_create(&poller, nullptr) == 0);
        CHILD_REQUIRE(plx_poller_backend(poller) == PLX_BACKEND_EPOLL);
        plx_poller_destroy(poller);
        return use_auto(pair);
    });
}

TEST_CASE("in a sandbox without epoll_create1 AUTO gives a poller that works, which is not epoll") {
    without(SYS_epoll_create1, [](const Pair& pair) {
        plx_poller* poller = nullptr;
        CHILD_REQUIRE(plx_poller_create(&poller, nullptr) == 0);
        CHILD_REQUIRE(plx_poller_backend(poller) != PLX_BACKEND_EPOLL);
        plx_poller_destroy(poller);
        return use_auto(pair);
    });
}

TEST_CASE("in a sandbox without eventfd2 AUTO gives a poller that works") {
    without(SYS_eventfd2, use_auto);
}

TEST_CASE("in a sandbox each backend that is listed works") {
    const auto number = static_cast<uint32_t>(
        GENERATE(long{kEpollPwait2}, long{SYS_epoll_create1}, long{SYS_eventfd2}));
    INFO("system call " << number);
    without(number, use_all_listed);
}
