// SPDX-License-Identifier: MIT
// Contract 1: a kernel that refuses a mechanism, and one that is short of something.
#include "support/faults.hpp"
#include "support/fds.hpp"
#include "support/poller.hpp"

#include <cstdlib>

using namespace support;
using faults::Call;
using faults::Fault;

namespace {

int64_t created(uint32_t backend) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    options.backend = backend;
    plx_poller* poller = nullptr;
    const int rc = plx_poller_create(&poller, &options);
    REQUIRE((rc == 0) == (poller != nullptr));
    const int64_t result = rc < 0 ? rc : int64_t{plx_poller_backend(poller)};
    plx_poller_destroy(poller);
    return result;
}

bool is_refusal(int error) {
    return error == ENOSYS || error == EPERM || error == EACCES;
}

}  // namespace

TEST_CASE("AUTO goes on to the next backend only when the kernel refuses the mechanism") {
    for (const int error : {ENOSYS, EPERM, EACCES, EMFILE, ENFILE, ENOMEM}) {
        INFO("error " << plx_error_name(-error));
        const Fault fault(Call::kEpollCreate, error, 0, faults::kAlways);
        const bool refused = is_refusal(error);
        CHECK(created(PLX_BACKEND_AUTO) == (refused ? int64_t{PLX_BACKEND_POLL} : -error));
        CHECK(created(PLX_BACKEND_EPOLL) == (refused ? -ENOTSUP : -error));
        CHECK(created(PLX_BACKEND_POLL) == PLX_BACKEND_POLL);
    }
}

TEST_CASE("a backend that the kernel refuses is not listed, one that lacks resources is") {
    const size_t all = plx_backend_list(nullptr, 0);
    for (const int error : {ENOSYS, EPERM, EACCES, EMFILE, ENFILE, ENOMEM}) {
        INFO("error " << plx_error_name(-error));
        const Fault fault(Call::kEpollCreate, error, 0, faults::kAlways);
        CHECK(plx_backend_list(nullptr, 0) == (is_refusal(error) ? all - 1 : all));
    }
}

TEST_CASE("POLLUX_BACKEND that names a refused backend does not fall back") {
    setenv("POLLUX_BACKEND", "epoll", 1);
    {
        const Fault fault(Call::kEpollCreate, ENOSYS, 0, faults::kAlways);
        CHECK(created(PLX_BACKEND_AUTO) == -ENOTSUP);
    }
    unsetenv("POLLUX_BACKEND");
}

TEST_CASE("POLLUX_BACKEND is ignored in a set-uid program") {
    const int64_t best = created(PLX_BACKEND_AUTO);
    for (const char* value : {"poll", "nonsense"}) {
        setenv("POLLUX_BACKEND", value, 1);
        CHECK(created(PLX_BACKEND_AUTO) != best);
        const faults::Privileged privileged;
        CHECK(created(PLX_BACKEND_AUTO) == best);
    }
    unsetenv("POLLUX_BACKEND");
}

TEST_CASE("create with any one system call failing gives its error and leaks nothing") {
    FOR_EACH_BACKEND(backend);
    const auto before = open_fds();
    const int64_t live = faults::live_allocations();
    const Call call = GENERATE(Call::kEpollCreate, Call::kEventfd, Call::kEpollControl);
    for (const int error : {EMFILE, ENFILE, ENOMEM, ENOSPC}) {
        for (int skip = 0;; ++skip) {
            INFO(plx_error_name(-error) << " after " << skip);
            int64_t result;
            bool has_struck;
            {
                const Fault fault(call, error, skip);
                result = created(backend);
                has_struck = fault.has_struck();
            }
            if (!has_struck) {
                CHECK(result == backend);
                break;
            }
            CHECK(result == -error);
            CHECK(open_fds() == before);
            CHECK(faults::live_allocations() == live);
        }
    }
}
