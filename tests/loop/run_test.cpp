// SPDX-License-Identifier: MIT
// Run modes, stopping, what keeps a loop alive, nesting, destroying.
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/signals.hpp"
#include "support/threads.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

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

TEST_CASE("after a stop that came before it a run does one iteration, and the next run goes on") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    int fired = 0;
    loop.timer(0, 1, [&](plx_handle own) {
        if (++fired == 5) loop.close(own);
    });
    REQUIRE(loop.stop() == 0);
    REQUIRE(loop.stop() == 0);
    CHECK(loop.run() == 1);
    CHECK(fired == 1);
    CHECK(loop.run() == 0);
    CHECK(fired == 5);
}

TEST_CASE("stop may be called in a signal handler") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    static plx_loop* stopped;
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    loop.io(pair.ours, PLX_READABLE, [](plx_handle, uint32_t) {});
    stopped = loop.get();
    const RepeatedAlarm alarm([](int) { plx_loop_stop(stopped); });
    CHECK(loop.run() == 1);
}

TEST_CASE("a run that does not wait returns with nothing done if nothing is ready") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int calls = 0;
    const plx_handle handle =
        loop.io(pair.ours, PLX_READABLE, [&](plx_handle, uint32_t) { ++calls; });
    CHECK(loop.run_nowait() == 1);
    CHECK(loop.run_nowait() == 1);
    CHECK(calls == 0);
    CHECK(loop.stats().iterations == 2);
    CHECK(loop.close(handle) == 0);
    CHECK(loop.run_nowait() == 0);
}

TEST_CASE("a run of one iteration waits until there is something to do") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int calls = 0;
    loop.io(pair.ours, PLX_READABLE, [&](plx_handle, uint32_t) { ++calls; });
    const Thread sender([&] {
        let_others_block();
        if (write(pair.theirs, "x", 1) != 1) std::abort();
    });
    CHECK(loop.run_once() == 1);
    CHECK(calls == 1);
    CHECK(loop.stats().iterations == 1);
    CHECK(loop.stats().idle_ns > 0);
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

TEST_CASE("while one thread runs a loop another one may not") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    std::atomic<bool> is_running = false;
    int rc = 0;
    loop.io(pair.ours, PLX_READABLE, [](plx_handle, uint32_t) {});
    loop.post([&] { is_running = true; });
    Thread runner([&] { rc = loop.run(); });
    while (!is_running)
        sleep_for_ms(1);
    CHECK(loop.run_nowait() == -EBUSY);
    CHECK(loop.stop() == 0);
    runner.join();
    CHECK(rc == 1);
    CHECK(loop.run_nowait() == 1);
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

TEST_CASE("a NULL loop is refused by everything, and is nothing to destroy") {
    int64_t deadline = 0;
    plx_handle handle = 0;
    plx_loop_stats stats = PLX_LOOP_STATS_INIT;
    CHECK(plx_loop_run(nullptr, PLX_RUN_NOWAIT) == -EINVAL);
    CHECK(plx_loop_stop(nullptr) == -EINVAL);
    CHECK(plx_loop_now(nullptr) == 0);
    CHECK(plx_loop_update_now(nullptr) == 0);
    CHECK(plx_loop_backend(nullptr) == 0);
    CHECK(plx_loop_fd(nullptr) == -EINVAL);
    CHECK(plx_loop_next_deadline(nullptr, &deadline) == -EINVAL);
    CHECK(plx_loop_after_fork(nullptr) == -EINVAL);
    CHECK(plx_close(nullptr, handle) == -EINVAL);
    CHECK(plx_ref(nullptr, handle) == -EINVAL);
    CHECK(plx_unref(nullptr, handle) == -EINVAL);
    CHECK(plx_io_set(nullptr, handle, PLX_READABLE) == -EINVAL);
    CHECK(plx_timer_set(nullptr, handle, 0, 0) == -EINVAL);
    CHECK(plx_post(
              nullptr, [](plx_loop*, void*) {}, nullptr) == -EINVAL);
    CHECK(plx_loop_stats_get(nullptr, &stats) == -EINVAL);
    CHECK(plx_loop_trace(nullptr, nullptr, nullptr) == -EINVAL);
    plx_loop_destroy(nullptr);
}

TEST_CASE("options of a loop may be of an older or a newer library") {
    plx_loop* loop = nullptr;
    struct {
        plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
        uint64_t more = 0;
    } newer;
    newer.options.struct_size = sizeof newer;
    REQUIRE(plx_loop_create(&loop, &newer.options) == 0);
    plx_loop_destroy(std::exchange(loop, nullptr));
    newer.more = 1;
    CHECK(plx_loop_create(&loop, &newer.options) == -E2BIG);
    plx_loop_options older = PLX_LOOP_OPTIONS_INIT;
    // What lies behind its end does not count.
    older.struct_size = offsetof(plx_loop_options, events_per_wait);
    older.events_per_wait = UINT32_MAX;
    REQUIRE(plx_loop_create(&loop, &older) == 0);
    plx_loop_destroy(std::exchange(loop, nullptr));
    older.struct_size = sizeof(size_t) - 1;
    CHECK(plx_loop_create(&loop, &older) == -EINVAL);
    CHECK(loop == nullptr);
}

TEST_CASE("a loop has the backend and the capabilities that were asked for, or is not made") {
    FOR_EACH_BACKEND(backend);
    plx_loop* loop = nullptr;
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    options.required_capabilities = plx_backend_capabilities(backend);
    REQUIRE(plx_loop_create(&loop, &options) == 0);
    CHECK((plx_backend_capabilities(plx_loop_backend(loop)) & options.required_capabilities) ==
          options.required_capabilities);
    plx_loop_destroy(std::exchange(loop, nullptr));
    options.backend = backend;
    for (const uint32_t capability : {PLX_CAP_EDGE, PLX_CAP_NATIVE_FD, PLX_CAP_EXCLUSIVE}) {
        options.required_capabilities = capability;
        CHECK(plx_loop_create(&loop, &options) == (has(backend, capability) ? 0 : -ENOTSUP));
        plx_loop_destroy(std::exchange(loop, nullptr));
    }
}
