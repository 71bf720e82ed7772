// SPDX-License-Identifier: MIT
// Contract 2: a change that the kernel fails changes nothing.
#include "support/faults.hpp"
#include "support/fds.hpp"
#include "support/poller.hpp"

using namespace support;
using faults::Call;
using faults::Fault;

namespace {

constexpr uint32_t kInterests[] = {PLX_READABLE,
                                   PLX_READABLE | PLX_WRITABLE,
                                   PLX_READABLE | PLX_ONESHOT,
                                   PLX_READABLE | PLX_EXCLUSIVE,
                                   0,
                                   PLX_ONESHOT};

// A failing epoll_ctl, or a failing look at the file.
Call watched_call(uint32_t backend) {
    return backend == PLX_BACKEND_EPOLL ? Call::kEpollControl : Call::kFstat;
}

void require_still(const Poller& poller, uint64_t token, uint32_t interest) {
    const Batch batch = poller.wait(0);
    INFO(describe(batch));
    CHECK((batch.of(token) & kConditions) == (interest & kConditions));
    CHECK(batch.rc == ((interest & kConditions) != 0 ? 1 : 0));
}

}  // namespace

TEST_CASE("an add that the kernel fails gives its error and registers nothing") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    for (const uint32_t interest : kInterests) {
        for (const int error : {ENOMEM, ENOSPC, EPERM, EBADF}) {
            INFO("interest " << interest << " error " << plx_error_name(-error));
            {
                const Fault fault(watched_call(backend), error);
                CHECK(poller.add(pair.ours, 1, interest) == -error);
                CHECK(fault.has_struck());
            }
            CHECK(poller.count() == 0);
            CHECK(poller.remove(pair.ours) == -ENOENT);
            CHECK(poller.wait(0).rc == 0);
        }
        REQUIRE(poller.add(pair.ours, 1, interest) == 0);
        require_still(poller, 1, interest);
        REQUIRE(poller.remove(pair.ours) == 0);
    }
}

TEST_CASE("a modify that the kernel fails, at whichever call, leaves the old registration") {
    FOR_EACH_BACKEND(backend);
    const uint32_t before = GENERATE(from_range(std::begin(kInterests), std::end(kInterests)));
    const uint32_t after = GENERATE(from_range(std::begin(kInterests), std::end(kInterests)));
    INFO("from " << before << " to " << after);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    for (const int error : {ENOMEM, ENOSPC}) {
        for (int skip = 0;; ++skip) {
            REQUIRE(poller.add(pair.ours, 1, before) == 0);
            int rc;
            bool has_struck;
            {
                const Fault fault(watched_call(backend), error, skip);
                rc = poller.modify(pair.ours, 2, after);
                has_struck = fault.has_struck();
            }
            INFO(plx_error_name(-error) << " at call " << skip);
            CHECK(rc == (has_struck ? -error : 0));
            CHECK(poller.count() == 1);
            if (rc == 0) require_still(poller, 2, after);
            if (rc != 0) require_still(poller, 1, before);
            REQUIRE(poller.remove(pair.ours) == 0);
            if (!has_struck) break;
        }
    }
}

TEST_CASE("a remove never fails, and what the kernel kept is not reported") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    const Pair other = make_socket_pair();
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.add(other.ours, 2, PLX_READABLE) == 0);
    {
        const Fault fault(Call::kEpollControl, ENOMEM);
        CHECK(poller.remove(pair.ours) == 0);
    }
    CHECK(poller.count() == 1);
    CHECK(poller.is_silent());
    send_byte(other.theirs);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
}
