// SPDX-License-Identifier: MIT
#include "support/fds.hpp"
#include "support/loop.hpp"

#include <cerrno>
#include <set>
#include <vector>

using namespace support;

TEST_CASE("an I/O callback gets its handle and what is ready") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    uint32_t seen = 0;
    plx_handle told = 0;
    const plx_handle handle = loop.io(pair.ours, PLX_READABLE, [&](plx_handle own, uint32_t what) {
        told = own;
        seen = what;
        loop.close(own);
    });
    send_byte(pair.theirs);
    CHECK(loop.run() == 0);
    CHECK(told == handle);
    CHECK((seen & PLX_READABLE) != 0);
}

TEST_CASE("starting I/O reports the error of the descriptor at once and leaves nothing") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    const auto start = [&](int fd, uint32_t interest) {
        plx_handle handle = 77;
        const int rc = plx_io_start(
            loop.get(), &handle, fd, interest, [](plx_loop*, plx_handle, uint32_t, void*) {},
            nullptr);
        if (rc < 0) CHECK(handle == 77);
        return rc;
    };
    CHECK(start(-1, PLX_READABLE) == -EBADF);
    CHECK(start(19'999, PLX_READABLE) == -EBADF);
    CHECK(start(make_regular_file(), PLX_READABLE) == -EPERM);
    CHECK(start(pair.ours, 0x8000'0000) == -EINVAL);
    CHECK(loop.stats().io_handles == 0);
    CHECK(start(pair.ours, PLX_READABLE) == 0);
    CHECK(start(pair.ours, PLX_READABLE) == -EEXIST);
    CHECK(loop.stats().io_handles == 1);
}

TEST_CASE("interest that is turned on and off again within an iteration costs no system call") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    const plx_handle handle = loop.io(pair.ours, PLX_READABLE, [](plx_handle, uint32_t) {});
    REQUIRE(plx_io_set(loop.get(), handle, PLX_READABLE | PLX_WRITABLE) == 0);
    REQUIRE(plx_io_set(loop.get(), handle, PLX_READABLE) == 0);
    loop.run_nowait();
    CHECK(loop.stats().interest_changes == 0);
    CHECK(loop.stats().io_events == 0);
    REQUIRE(plx_io_set(loop.get(), handle, PLX_WRITABLE) == 0);
    loop.run_nowait();
    CHECK(loop.stats().interest_changes == 1);
    CHECK(loop.stats().io_events == 1);
}

TEST_CASE("a change that the kernel refuses is reported as an error to the callback") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    Pair pair = make_socket_pair();
    uint32_t seen = 0;
    const plx_handle handle =
        loop.io(pair.ours, PLX_READABLE, [&](plx_handle, uint32_t what) { seen = what; });
    pair.ours.close();
    REQUIRE(plx_io_set(loop.get(), handle, PLX_WRITABLE) == 0);
    loop.run_once();
    CHECK(seen == PLX_ERROR);
    seen = 0;
    loop.run_nowait();
    CHECK(seen == 0);
    CHECK(loop.close(handle) == 0);
}

TEST_CASE("a handle closed by an earlier callback of the batch is not called") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    std::vector<Pair> pairs;
    std::set<plx_handle> open;
    int calls = 0;
    for (int i = 0; i < 20; ++i) {
        pairs.push_back(make_socket_pair());
    }
    for (const Pair& pair : pairs) {
        open.insert(loop.io(pair.ours, PLX_WRITABLE, [&](plx_handle own, uint32_t) {
            ++calls;
            // Closes itself and all the others.
            CHECK(open.count(own) == 1);
            for (const plx_handle handle : open) {
                CHECK(loop.close(handle) == 0);
            }
            open.clear();
        }));
    }
    CHECK(loop.run() == 0);
    CHECK(calls == 1);
}

TEST_CASE("what a callback starts is not run in the same iteration, the same descriptor included") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int first = 0;
    int second = 0;
    loop.io(pair.ours, PLX_WRITABLE, [&](plx_handle own, uint32_t) {
        ++first;
        loop.close(own);
        loop.io(pair.ours, PLX_WRITABLE, [&](plx_handle, uint32_t) { ++second; });
    });
    loop.run_once();
    CHECK(first == 1);
    CHECK(second == 0);
    loop.run_once();
    CHECK(first == 1);
    CHECK(second == 1);
}

TEST_CASE("paused I/O reports nothing, a hang-up included") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    Pair pair = make_socket_pair();
    int calls = 0;
    const plx_handle handle =
        loop.io(pair.ours, PLX_READABLE, [&](plx_handle, uint32_t) { ++calls; });
    REQUIRE(plx_io_set(loop.get(), handle, 0) == 0);
    pair.theirs.close();
    loop.run_nowait();
    CHECK(calls == 0);
    REQUIRE(plx_io_set(loop.get(), handle, PLX_READABLE) == 0);
    loop.run_nowait();
    CHECK(calls == 1);
}

TEST_CASE("an event that came before its interest was taken back is not reported") {
    FOR_EACH_BACKEND(backend);
    const uint32_t mode = GENERATE(uint32_t{0}, PLX_ONESHOT, PLX_EDGE);
    if (mode == PLX_EDGE && !has(backend, PLX_CAP_EDGE)) return;
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    std::vector<uint32_t> seen;
    const plx_handle handle = loop.io(pair.ours, PLX_READABLE | PLX_WRITABLE | mode,
                                      [&](plx_handle, uint32_t what) { seen.push_back(what); });
    send_byte(pair.theirs);
    // A timer runs between the wait and the I/O that it found.
    const auto run_with = [&](uint32_t interest) {
        seen.clear();
        loop.timer(0, 0, [&, interest](plx_handle own) {
            CHECK(plx_io_set(loop.get(), handle, interest) == 0);
            loop.close(own);
        });
        loop.run_nowait();
    };
    run_with(0);
    CHECK(seen.empty());
    loop.run_nowait();
    CHECK(seen.empty());
    REQUIRE(plx_io_set(loop.get(), handle, PLX_READABLE | PLX_WRITABLE | mode) == 0);
    run_with(PLX_WRITABLE | mode);
    CHECK(seen == std::vector<uint32_t>{PLX_WRITABLE});
    // Nothing is lost: what was left out comes when it is asked for.
    REQUIRE(plx_io_set(loop.get(), handle, PLX_READABLE | mode) == 0);
    seen.clear();
    loop.run_nowait();
    CHECK(seen == std::vector<uint32_t>{PLX_READABLE});
}

TEST_CASE("an interest that is taken back and given again loses no event") {
    FOR_EACH_BACKEND(backend);
    const uint32_t mode = GENERATE(uint32_t{0}, PLX_ONESHOT, PLX_EDGE);
    if (mode == PLX_EDGE && !has(backend, PLX_CAP_EDGE)) return;
    Loop loop(backend);
    const Pair paused = make_socket_pair();
    const Pair other = make_socket_pair();
    int calls = 0;
    const plx_handle handle =
        loop.io(paused.ours, PLX_READABLE | mode, [&](plx_handle, uint32_t) { ++calls; });
    loop.io(other.ours, PLX_READABLE, [&](plx_handle own, uint32_t) {
        CHECK(plx_io_set(loop.get(), handle, PLX_READABLE | mode) == 0);
        loop.close(own);
    });
    send_byte(paused.theirs);
    send_byte(other.theirs);
    // A timer runs between the wait and the I/O that it found.
    loop.timer(0, 0, [&](plx_handle own) {
        CHECK(plx_io_set(loop.get(), handle, 0) == 0);
        loop.close(own);
    });
    for (int i = 0; i < 3; ++i)
        loop.run_nowait();
    CHECK(calls >= 1);
}

TEST_CASE("read and write readiness of a descriptor come in one callback") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    std::vector<uint32_t> told;
    loop.io(pair.ours, PLX_READABLE | PLX_WRITABLE,
            [&](plx_handle, uint32_t what) { told.push_back(what); });
    send_byte(pair.theirs);
    loop.run_once();
    CHECK(told == std::vector<uint32_t>{PLX_READABLE | PLX_WRITABLE});
}

TEST_CASE("a wrong interest is refused when it is set, and the old one holds") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend);
    const Pair pair = make_socket_pair();
    int calls = 0;
    const plx_handle handle =
        loop.io(pair.ours, PLX_READABLE, [&](plx_handle, uint32_t) { ++calls; });
    const uint32_t both = PLX_EXCLUSIVE | PLX_ONESHOT;
    CHECK(plx_io_set(loop.get(), handle, 0x8000'0000) == -EINVAL);
    CHECK(plx_io_set(loop.get(), handle, PLX_WRITABLE | both) == -EINVAL);
    if (!has(backend, PLX_CAP_EDGE)) {
        CHECK(plx_io_set(loop.get(), handle, PLX_READABLE | PLX_EDGE) == -ENOTSUP);
    }
    loop.run_nowait();
    CHECK(calls == 0);
    send_byte(pair.theirs);
    loop.run_once();
    CHECK(calls == 1);
    CHECK(loop.stats().interest_changes == 0);
}

TEST_CASE("with more ready than the events of an iteration, each handle has its turn") {
    FOR_EACH_BACKEND(backend);
    Loop loop(backend, 0, 0, 1);
    std::vector<Pair> pairs;
    std::set<plx_handle> told;
    for (int i = 0; i < 20; ++i) {
        pairs.push_back(make_socket_pair());
        loop.io(pairs.back().ours, PLX_WRITABLE,
                [&](plx_handle own, uint32_t) { told.insert(own); });
    }
    loop.run_nowait();
    CHECK(told.size() == 1);
    for (int i = 0; i < 200; ++i)
        loop.run_nowait();
    CHECK(told.size() == 20);
}
