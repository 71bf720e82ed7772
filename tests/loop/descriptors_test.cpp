// SPDX-License-Identifier: MIT
// The descriptors that a loop opens for itself.
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/processes.hpp"
#include "support/work.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

using namespace support;

TEST_CASE("every descriptor that a loop opens is close-on-exec, and none is left behind") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Child child([] { return pause(); });
    const std::vector<int> before = open_fds();
    {
        Loop loop(backend);
        Work work(nothing);
        loop.child(child.pid(), [](plx_handle, int) {});
        loop.signal(SIGUSR1, [](plx_handle, int) {});
        loop.timer(kHang, 0, [](plx_handle) {});
        REQUIRE(work.start(loop) == 0);
        if (has(backend, PLX_CAP_NATIVE_FD)) CHECK(plx_loop_fd(loop.get()) >= 0);
        loop.run_nowait();
        for (const int fd : open_fds()) {
            if (std::count(before.begin(), before.end(), fd) != 0) continue;
            CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        }
    }
    CHECK(open_fds() == before);
    REQUIRE(kill(child.pid(), SIGKILL) == 0);
}

TEST_CASE("without descriptors no loop is made, and none is leaked") {
    FOR_EACH_BACKEND(backend);
    const std::vector<int> before = open_fds();
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    options.backend = backend;
    plx_loop* loop = nullptr;
    const int rc = with_spare_fds(0, [&] { return plx_loop_create(&loop, &options); });
    CHECK(rc == -EMFILE);
    CHECK(loop == nullptr);
    CHECK(open_fds() == before);
}
