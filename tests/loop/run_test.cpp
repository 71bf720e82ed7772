// SPDX-License-Identifier: MIT
// Run modes, stopping, what keeps a loop alive, nesting, destroying.
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/threads.hpp"

#include <poll.h>

#include <cerrno>
#include <string>
#include <thread>

using namespace support;

TEST_CASE("a loop with nothing to do returns 0 in every mode, without waiting") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    CHECK(loop.run() == 0);
    CHECK(loop.run_once() == 0);
    CHECK(loop.run_nowait() == 0);
}

TEST_CASE("an unreferenced handle works and does not keep the loop running") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int fired = 0;
    const plx_handle timer = loop.timer(0, 0, [&](plx_handle) { ++fired; });
    REQUIRE(plx_unref(loop.get(), timer) == 0);
    REQUIRE(plx_unref(loop.get(), timer) == 0);
    CHECK(loop.run() == 0);
    CHECK(fired == 0);
    CHECK(loop.run_nowait() == 0);
    CHECK(fired == 1);
    REQUIRE(plx_ref(loop.get(), timer) == 0);
    REQUIRE(plx_timer_set(loop.get(), timer, 0, 0) == 0);
    CHECK(loop.run() == 0);
    CHECK(fired == 2);
    CHECK(plx_ref(loop.get(), timer + 1) == -ENOENT);
}

TEST_CASE("stop ends the run after the iteration, and is not lost if it comes before") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int fired = 0;
    loop.timer(0, 1, [&](plx_handle) {
        if (++fired == 3) loop.stop();
    });
    CHECK(loop.run() == 1);
    CHECK(fired == 3);
    REQUIRE(loop.stop() == 0);
    CHECK(loop.run() == 1);
    CHECK(fired <= 4);
}

TEST_CASE("stop from another thread ends a wait in progress") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    loop.io(pair.ours, PLX_READABLE, [](plx_handle, uint32_t) {});
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        plx_loop_stop(loop.get());
    });
    CHECK(loop.run() == 1);
    other.join();
}

TEST_CASE("running a loop inside its own callback is refused") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int rc = 0;
    loop.timer(0, 0, [&](plx_handle) { rc = loop.run(); });
    CHECK(loop.run() == 0);
    CHECK(rc == -EBUSY);
    CHECK(plx_loop_run(loop.get(), 3) == -EINVAL);
    CHECK(plx_loop_run(nullptr, PLX_RUN_ONCE) == -EINVAL);
}

TEST_CASE("a loop can be destroyed from each kind of callback") {
    FOR_EACH_BACKEND(backend);
    const Pair pair = make_socket_pair();
    for (const char* kind : {"io", "timer", "post"}) {
        INFO(kind);
        Loop loop(backend);
        int calls = 0;
        const auto destroy = [&] {
            ++calls;
            plx_loop_destroy(loop.get());
        };
        for (int i = 0; i < 3; ++i) {
            if (kind == std::string("timer")) loop.timer(0, 0, [&](plx_handle) { destroy(); });
            if (kind == std::string("post")) loop.post(destroy);
        }
        if (kind == std::string("io")) {
            loop.io(pair.ours, PLX_WRITABLE, [&](plx_handle, uint32_t) { destroy(); });
            loop.io(pair.theirs, PLX_WRITABLE, [&](plx_handle, uint32_t) { destroy(); });
        }
        CHECK(loop.run() == -ECANCELED);
        CHECK(calls == 1);
        loop.forget();
    }
}

TEST_CASE("destroying a loop runs no callback and leaves descriptors open") {
    FOR_EACH_BACKEND(backend);
    const Pair pair = make_socket_pair();
    int calls = 0;
    {
        Loop loop(backend);
        loop.io(pair.ours, PLX_WRITABLE, [&](plx_handle, uint32_t) { ++calls; });
        loop.timer(0, 0, [&](plx_handle) { ++calls; });
        loop.post([&] { ++calls; });
    }
    CHECK(calls == 0);
    send_byte(pair.ours);
}

TEST_CASE("the loop's descriptor and next deadline embed it in another loop") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) {
        Loop loop(backend);
        CHECK(plx_loop_fd(loop.get()) == -ENOTSUP);
        return;
    }
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int events = 0;
    int fired = 0;
    loop.io(pair.ours, PLX_READABLE, [&](plx_handle own, uint32_t) {
        ++events;
        loop.close(own);
    });
    int64_t deadline = 0;
    REQUIRE(plx_loop_next_deadline(loop.get(), &deadline) == 0);
    CHECK(deadline == -1);
    loop.timer(kMoment, 0, [&](plx_handle) { ++fired; });
    REQUIRE(plx_loop_next_deadline(loop.get(), &deadline) == 0);
    CHECK(deadline == plx_loop_now(loop.get()) + kMoment);
    loop.run_nowait();
    pollfd outer = {plx_loop_fd(loop.get()), POLLIN, 0};
    REQUIRE(outer.fd >= 0);
    CHECK(poll(&outer, 1, 0) == 0);
    send_byte(pair.theirs);
    CHECK(poll(&outer, 1, 10'000) == 1);
    loop.run_nowait();
    CHECK(events == 1);
    CHECK(poll(&outer, 1, 25) == 0);
    CHECK(loop.run_nowait() == 0);
    CHECK(fired == 1);
}

TEST_CASE("options that are unknown or beyond their limits are refused") {
    plx_loop* loop = nullptr;
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    CHECK(plx_loop_create(nullptr, &options) == -EINVAL);
    options.flags = 0x100;
    CHECK(plx_loop_create(&loop, &options) == -EINVAL);
    options.flags = 0;
    options.work_threads = 1025;
    CHECK(plx_loop_create(&loop, &options) == -EINVAL);
    options.work_threads = 0;
    options.events_per_wait = 65537;
    CHECK(plx_loop_create(&loop, &options) == -EINVAL);
    options.events_per_wait = 0;
    options.backend = 99;
    CHECK(plx_loop_create(&loop, &options) == -EINVAL);
    CHECK(loop == nullptr);
    REQUIRE(plx_loop_create(&loop, nullptr) == 0);
    plx_loop_destroy(loop);
    plx_loop_destroy(nullptr);
}
