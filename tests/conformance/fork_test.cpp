// SPDX-License-Identifier: MIT
// Contract 10: a poller of the parent in a child process.
#include "support/fds.hpp"
#include "support/poller.hpp"
#include "support/processes.hpp"
#include "support/threads.hpp"

#include <atomic>

using namespace support;

namespace {

// In the child: the descriptor with the token is reported as readable.
bool reports(const Poller& poller, uint64_t token) {
    return (poller.wait(kHang).of(token) & PLX_READABLE) != 0;
}

}  // namespace

TEST_CASE("in a child every call on the parent's poller is EINVAL") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    const Pair other = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    const int status = run_in_child([&] {
        CHILD_REQUIRE(poller.add(other.ours, 2, PLX_READABLE) == -EINVAL);
        CHILD_REQUIRE(poller.modify(pair.ours, 2, PLX_WRITABLE) == -EINVAL);
        CHILD_REQUIRE(poller.remove(pair.ours) == -EINVAL);
        CHILD_REQUIRE(poller.wait(0).rc == -EINVAL);
        CHILD_REQUIRE(poller.wait(-1).rc == -EINVAL);
        CHILD_REQUIRE(poller.wake() == -EINVAL);
        CHILD_REQUIRE(poller.fd() < 0);
        CHILD_REQUIRE(poller.count() == 1);
        return kChildOk;
    });
    CHECK(status == kChildOk);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    CHECK(poller.count() == 1);
}

TEST_CASE("what a child does with the parent's poller does not reach the parent") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    const bool adopted = GENERATE(false, true);
    const int status = run_in_child([&] {
        if (adopted) CHILD_REQUIRE(poller.after_fork() == 0);
        poller.wake();
        poller.modify(pair.ours, 2, PLX_WRITABLE);
        poller.wait(0);
        poller.remove(pair.ours);
        return kChildOk;
    });
    CHECK(status == kChildOk);
    CHECK(poller.is_silent());
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("a child may destroy the parent's poller, and the parent's works on") {
    FOR_EACH_BACKEND(backend);
    Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE | PLX_ONESHOT) == 0);
    const bool adopted = GENERATE(false, true);
    const int status = run_in_child([&] {
        if (adopted) CHILD_REQUIRE(poller.after_fork() == 0);
        poller.destroy();
        CHILD_REQUIRE(is_open(pair.ours));
        return kChildOk;
    });
    CHECK(status == kChildOk);
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    REQUIRE(poller.wake() == 0);
    CHECK(poller.wait(kHang).woken());
}

TEST_CASE("after_fork registers everything again in the child") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair one = make_socket_pair();
    const Pair two = make_socket_pair();
    REQUIRE(poller.add(one.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.add(two.ours, 2, PLX_READABLE | PLX_ONESHOT) == 0);
    const int status = run_in_child([&] {
        CHILD_REQUIRE(poller.after_fork() == 0);
        CHILD_REQUIRE(poller.after_fork() == 0);
        CHILD_REQUIRE(poller.count() == 2);
        CHILD_REQUIRE(poller.is_silent());
        CHILD_REQUIRE(write(one.theirs, "x", 1) == 1);
        CHILD_REQUIRE(reports(poller, 1));
        CHILD_REQUIRE(poller.remove(one.ours) == 0);
        CHILD_REQUIRE(write(two.theirs, "x", 1) == 1);
        CHILD_REQUIRE(reports(poller, 2));
        CHILD_REQUIRE(poller.is_silent());
        CHILD_REQUIRE(poller.modify(two.ours, 3, PLX_READABLE) == 0);
        CHILD_REQUIRE(reports(poller, 3));
        CHILD_REQUIRE(poller.wake() == 0);
        CHILD_REQUIRE(poller.wait(kHang, 4).rc == 2);
        return kChildOk;
    });
    CHECK(status == kChildOk);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}, {2, PLX_READABLE}});
}

TEST_CASE("after_fork keeps a fired one-shot disarmed and drops a pending wake") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair fired = make_socket_pair();
    const Pair paused = make_socket_pair();
    REQUIRE(poller.add(fired.ours, 1, PLX_READABLE | PLX_ONESHOT) == 0);
    REQUIRE(poller.add(paused.ours, 2, 0) == 0);
    send_byte(fired.theirs);
    send_byte(paused.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    REQUIRE(poller.wake() == 0);
    const int status = run_in_child([&] {
        CHILD_REQUIRE(poller.after_fork() == 0);
        CHILD_REQUIRE(poller.is_silent());
        CHILD_REQUIRE(poller.count() == 2);
        CHILD_REQUIRE(poller.modify(paused.ours, 3, PLX_READABLE) == 0);
        CHILD_REQUIRE(reports(poller, 3));
        CHILD_REQUIRE(poller.remove(paused.ours) == 0);
        CHILD_REQUIRE(poller.modify(fired.ours, 4, PLX_READABLE | PLX_ONESHOT) == 0);
        CHILD_REQUIRE(reports(poller, 4));
        CHILD_REQUIRE(poller.wake() == 0);
        CHILD_REQUIRE(poller.wait(kHang).woken());
        return kChildOk;
    });
    CHECK(status == kChildOk);
    CHECK(poller.wait(kHang).woken());
    CHECK(poller.is_silent());
}

TEST_CASE("what the child has closed stays registered, silent and removable after after_fork") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair closed = make_socket_pair();
    Pair replaced = make_socket_pair();
    Pair kept = make_socket_pair();
    REQUIRE(poller.add(closed.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.add(replaced.ours, 2, PLX_READABLE) == 0);
    REQUIRE(poller.add(kept.ours, 3, PLX_READABLE) == 0);
    for (const Pair* pair : {&closed, &replaced, &kept})
        send_byte(pair->theirs);
    const int status = run_in_child([&] {
        const int number = closed.ours.close();
        const Fd file(open("/", O_RDONLY));
        const Fd directory(dup2(file, replaced.ours.close()));
        if (int{file} != number) ::close(number);
        CHILD_REQUIRE(poller.after_fork() == 0);
        CHILD_REQUIRE(poller.count() == 3);
        const Batch batch = poller.wait(kHang);
        CHILD_REQUIRE(batch.rc == 1);
        CHILD_REQUIRE(batch.has(3));
        CHILD_REQUIRE(poller.remove(number) == 0);
        CHILD_REQUIRE(poller.remove(directory) == 0);
        CHILD_REQUIRE(poller.count() == 1);
        return kChildOk;
    });
    CHECK(status == kChildOk);
    CHECK(poller.wait(kHang).rc == 3);
}

TEST_CASE("after_fork's own descriptors may take the number of a closed one, which stays silent") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    std::vector<Pair> closed;
    for (uint64_t i = 0; i < 4; ++i) {
        closed.push_back(make_socket_pair());
        REQUIRE(poller.add(closed.back().ours, i, PLX_READABLE) == 0);
    }
    const int status = run_in_child([&] {
        std::vector<int> numbers;
        for (Pair& pair : closed)
            numbers.push_back(pair.ours.close());
        CHILD_REQUIRE(poller.after_fork() == 0);
        CHILD_REQUIRE(poller.is_silent());
        CHILD_REQUIRE(poller.wake() == 0);
        const Batch batch = poller.wait(kHang);
        CHILD_REQUIRE(batch.rc == 1);
        CHILD_REQUIRE(batch.woken());
        CHILD_REQUIRE(poller.is_silent());
        CHILD_REQUIRE(poller.count() == 4);
        for (const int number : numbers)
            CHILD_REQUIRE(poller.remove(number) == 0);
        CHILD_REQUIRE(poller.wake() == 0);
        CHILD_REQUIRE(poller.wait(kHang).woken());
        return kChildOk;
    });
    CHECK(status == kChildOk);
}

TEST_CASE("parent and child go separate ways after after_fork") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair shared = make_socket_pair();
    const Pair added = make_socket_pair();
    const Pair handshake = make_socket_pair();
    REQUIRE(poller.add(shared.ours, 1, PLX_READABLE) == 0);
    Child child([&] {
        CHILD_REQUIRE(poller.after_fork() == 0);
        CHILD_REQUIRE(poller.add(added.ours, 5, PLX_READABLE) == 0);
        CHILD_REQUIRE(poller.modify(shared.ours, 6, 0) == 0);
        CHILD_REQUIRE(write(handshake.theirs, "x", 1) == 1);
        CHILD_REQUIRE(reports(poller, 5));
        return kChildOk;
    });
    REQUIRE(poller.add(handshake.ours, 2, PLX_READABLE) == 0);
    expect_events(poller.wait(kHang), {{2, PLX_READABLE}});
    REQUIRE(poller.remove(handshake.ours) == 0);
    send_byte(added.theirs);
    send_byte(shared.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
    CHECK(poller.count() == 1);
    CHECK(child.wait() == kChildOk);
}

TEST_CASE("in the process that made the poller after_fork does nothing") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    REQUIRE(poller.wake() == 0);
    CHECK(poller.after_fork() == 0);
    CHECK(poller.wait(kHang).woken());
    CHECK(run_in_child([] { return kChildOk; }) == kChildOk);
    CHECK(poller.after_fork() == 0);
    send_byte(pair.theirs);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("a grandchild is a child of its own, and a poller made in a child is the child's") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    const int status = run_in_child([&] {
        const Poller fresh(backend);
        CHILD_REQUIRE(fresh.add(pair.ours, 9, PLX_READABLE) == 0);
        CHILD_REQUIRE(reports(fresh, 9));
        CHILD_REQUIRE(poller.after_fork() == 0);
        const int grandchild = run_in_child([&] {
            CHILD_REQUIRE(poller.wait(0).rc == -EINVAL);
            CHILD_REQUIRE(fresh.wait(0).rc == -EINVAL);
            CHILD_REQUIRE(poller.after_fork() == 0);
            CHILD_REQUIRE(fresh.after_fork() == 0);
            CHILD_REQUIRE(reports(poller, 1));
            CHILD_REQUIRE(reports(fresh, 9));
            return kChildOk;
        });
        CHILD_REQUIRE(grandchild == kChildOk);
        CHILD_REQUIRE(reports(poller, 1));
        CHILD_REQUIRE(reports(fresh, 9));
        return kChildOk;
    });
    CHECK(status == kChildOk);
    expect_events(poller.wait(kHang), {{1, PLX_READABLE}});
}

TEST_CASE("without descriptors after_fork fails, leaves the poller unusable and can be repeated") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    send_byte(pair.theirs);
    const int status = run_in_child([&] {
        const auto before = open_fds();
        {
            const FdLimit none(0);
            CHILD_REQUIRE(poller.after_fork() == -EMFILE);
        }
        CHILD_REQUIRE(open_fds() == before);
        CHILD_REQUIRE(poller.wait(0).rc == -EINVAL);
        CHILD_REQUIRE(poller.after_fork() == 0);
        CHILD_REQUIRE(reports(poller, 1));
        return kChildOk;
    });
    CHECK(status == kChildOk);
}

TEST_CASE("a fork amid waits and changes of other threads leaves a child that works") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    const Pair churned = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    std::atomic<bool> stop = false;
    Thread waiter([&] {
        while (!stop)
            poller.wait(kMillisecond);
    });
    Thread changer([&] {
        while (!stop) {
            poller.add(churned.ours, 2, PLX_READABLE);
            poller.modify(churned.ours, 3, 0);
            poller.remove(churned.ours);
            poller.wake();
        }
    });
    std::vector<int> statuses;
    for (int round = 0; round < 10; ++round) {
        statuses.push_back(run_in_child([&] {
            CHILD_REQUIRE(poller.wait(0).rc == -EINVAL);
            CHILD_REQUIRE(poller.after_fork() == 0);
            CHILD_REQUIRE(poller.is_silent());
            CHILD_REQUIRE(write(pair.theirs, "x", 1) == 1);
            CHILD_REQUIRE(reports(poller, 1));
            CHILD_REQUIRE(drain(pair.ours) == 1);
            return kChildOk;
        }));
    }
    stop = true;
    CHECK(statuses == std::vector<int>(10, kChildOk));
}
