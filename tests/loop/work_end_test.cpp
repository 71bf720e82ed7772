// SPDX-License-Identifier: MIT
// How work ends otherwise than by being done: taken back, with its loop, or in a child process.
#include "support/processes.hpp"
#include "support/threads.hpp"
#include "support/work.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

using namespace support;

TEST_CASE("closing work that has not begun cancels it, and its callback says so within the close") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    Gate gate;
    std::atomic<int> runs = 0;
    Work running([&] { gate.pass(); });
    Work first([&] { ++runs; });
    Work second([&] { ++runs; });
    Work third([&] { ++runs; });
    for (Work* work : {&running, &first, &second, &third})
        REQUIRE(work->start(loop) == 0);
    gate.await(1);
    CHECK(loop.close(second.handle()) == 0);
    CHECK(second.told() == Told{-ECANCELED});
    CHECK(loop.close(second.handle()) == -ENOENT);
    loop.post([&] {
        CHECK(loop.close(third.handle()) == 0);
        CHECK(third.told() == Told{-ECANCELED});
        gate.open();
    });
    CHECK(loop.run() == 0);
    CHECK(runs == 1);
    CHECK(running.told() == Told{0});
    CHECK(first.told() == Told{0});
    CHECK(second.told() == Told{-ECANCELED});
    CHECK(third.told() == Told{-ECANCELED});
    CHECK(loop.stats().work_done == 4);
}

TEST_CASE("work that is running, or done and not yet told, cannot be taken back") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend);
    Gate gate;
    Work work([&] { gate.pass(); });
    REQUIRE(work.start(loop) == 0);
    gate.await(1);
    CHECK(loop.close(work.handle()) == -EBUSY);
    gate.open();
    await_work(loop);
    CHECK(loop.close(work.handle()) == -EBUSY);
    CHECK(work.told().empty());
    CHECK(loop.run() == 0);
    CHECK(work.told() == Told{0});
}

TEST_CASE("a done callback may close other work, which is cancelled, or is still to be told") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    Gate gate;
    Work done_too(nothing);
    Work blocking([&] { gate.pass(); });
    Work queued(nothing);
    Work first(nothing, [&](plx_handle, int) {
        CHECK(loop.close(done_too.handle()) == -EBUSY);
        CHECK(loop.close(blocking.handle()) == -EBUSY);
        CHECK(loop.close(queued.handle()) == 0);
        CHECK(queued.told() == Told{-ECANCELED});
        gate.open();
    });
    for (Work* work : {&first, &done_too, &blocking, &queued})
        REQUIRE(work->start(loop) == 0);
    gate.await(1);
    CHECK(loop.run() == 0);
    CHECK(done_too.told() == Told{0});
    CHECK(blocking.told() == Told{0});
}

TEST_CASE("destroying a loop waits for the work that is running, and runs no callback") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    Gate gate;
    std::atomic<bool> has_ended = false;
    Work done(nothing);
    Work running([&] {
        gate.pass();
        sleep_for_ms(20);
        has_ended = true;
    });
    Work queued(nothing);
    for (Work* work : {&done, &running, &queued})
        REQUIRE(work->start(loop) == 0);
    gate.await(1);
    gate.open();
    loop.destroy();
    CHECK(has_ended);
    CHECK(done.told().empty());
    CHECK(running.told().empty());
    CHECK(queued.told().empty());
}

TEST_CASE("a done callback may destroy the loop, and no other one of the batch is called") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    Gate gate;
    Work first(nothing, [&](plx_handle, int) { plx_loop_destroy(loop.get()); });
    Work second(nothing);
    Work third([&] { gate.pass(); });
    for (Work* work : {&first, &second, &third})
        REQUIRE(work->start(loop) == 0);
    gate.await(1);
    gate.open();
    CHECK(loop.run() == -ECANCELED);
    loop.forget();
    CHECK(first.told() == Told{0});
    CHECK(second.told().empty());
    CHECK(third.told().empty());
}

TEST_CASE("the callback of a cancelled piece of work may not run the loop, and may destroy it") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    Gate gate;
    Work running([&] { gate.pass(); });
    Work queued(nothing, [&](plx_handle, int) {
        CHECK(loop.run_nowait() == -EBUSY);
        gate.open();
        plx_loop_destroy(loop.get());
    });
    REQUIRE(running.start(loop) == 0);
    REQUIRE(queued.start(loop) == 0);
    gate.await(1);
    CHECK(loop.close(queued.handle()) == 0);
    loop.forget();
    CHECK(queued.told() == Told{-ECANCELED});
    CHECK(running.told().empty());
}

TEST_CASE("in a child the parent's threads are not waited for, and its loop takes no work") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 2);
    Gate gate;
    Work idle(nothing);
    Work running([&] { gate.pass(); });
    Work queued[2] = {Work(nothing), Work(nothing)};
    REQUIRE(running.start(loop) == 0);
    REQUIRE(idle.start(loop) == 0);
    gate.await(1);
    while (idle.told().empty())
        loop.run_once();
    CHECK(kChildOk == run_in_child([&] {
              Work own(nothing);
              CHILD_REQUIRE(own.start(loop) == -EINVAL);
              loop.destroy();
              return kChildOk;
          }));
    for (Work& work : queued)
        REQUIRE(work.start(loop) == 0);
    gate.open();
    CHECK(loop.run() == 0);
    CHECK(running.told() == Told{0});
    CHECK(queued[1].told() == Told{0});
}

TEST_CASE("after_fork within a done callback drops the rest of the batch, in the child only") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    Loop loop(backend, 0, 1);
    Gate gate;
    int child_status = -1;
    Work second(nothing);
    Work first(nothing, [&](plx_handle, int) {
        // The child leaves by the way the parent goes.
        const pid_t pid = fork();
        if (pid == 0) {
            if (plx_loop_after_fork(loop.get()) != 0) _exit(1);
            plx_loop_stop(loop.get());
            return;
        }
        waitpid(pid, &child_status, 0);
        gate.open();
    });
    Work third([&] { gate.pass(); });
    const pid_t parent = getpid();
    for (Work* work : {&first, &second, &third})
        REQUIRE(work->start(loop) == 0);
    gate.await(1);
    const int rc = loop.run();
    if (getpid() != parent) _exit(rc == 0 && second.told().empty() ? 0 : 2);
    CHECK(child_status == 0);
    CHECK(rc == 0);
    CHECK(second.told() == Told{0});
    CHECK(third.told() == Told{0});
}
