// SPDX-License-Identifier: MIT
// Contract 2: every wrong call gives its errno and changes nothing.
#include "support/fds.hpp"
#include "support/poller.hpp"

#include <climits>

using namespace support;

namespace {

// A poller with one registration. However wrong the calls between were, in the end the poller has
// just that one, as it was, and no descriptor has been opened.
class Unharmed {
public:
    explicit Unharmed(uint32_t backend)
        : poller_(backend), pair_(make_socket_pair()), idle_(make_socket_pair()) {
        REQUIRE(poller_.add(pair_.ours, 1, PLX_READABLE) == 0);
        send_byte(pair_.theirs);
        before_ = open_fds();
    }

    const Poller& operator*() const { return poller_; }
    const Poller* operator->() const { return &poller_; }
    int registered() const { return pair_.ours; }
    int unregistered() const { return idle_.ours; }

    void check() const {
        CHECK(open_fds() == before_);
        CHECK(poller_.count() == 1);
        const Batch batch = poller_.wait(kHang);
        expect_events(batch, {{1, PLX_READABLE}});
        CHECK((batch.of(1) & PLX_WRITABLE) == 0);
    }

private:
    Poller poller_;
    Pair pair_;
    Pair idle_;
    std::vector<int> before_;
};

}  // namespace

TEST_CASE("adding a registered descriptor is EEXIST and keeps the registration") {
    FOR_EACH_BACKEND(backend);
    const Unharmed poller(backend);
    CHECK(poller->add(poller.registered(), 2, PLX_WRITABLE) == -EEXIST);
    CHECK(poller->add(poller.registered(), 2, 0) == -EEXIST);
    poller.check();
}

TEST_CASE("changing or removing an unregistered descriptor is ENOENT") {
    FOR_EACH_BACKEND(backend);
    const Unharmed poller(backend);
    for (const int fd : {poller.unregistered(), unused_number(), INT_MAX}) {
        INFO("fd " << fd);
        CHECK(poller->modify(fd, 2, PLX_WRITABLE) == -ENOENT);
        CHECK(poller->modify(fd, 2, 0) == -ENOENT);
        CHECK(poller->remove(fd) == -ENOENT);
    }
    poller.check();
}

TEST_CASE("removing twice is ENOENT the second time") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    const Pair pair = make_socket_pair();
    REQUIRE(poller.add(pair.ours, 1, PLX_READABLE) == 0);
    CHECK(poller.remove(pair.ours) == 0);
    CHECK(poller.remove(pair.ours) == -ENOENT);
    CHECK(poller.count() == 0);
}

TEST_CASE("a number that is not open is EBADF, with or without a condition") {
    FOR_EACH_BACKEND(backend);
    const Unharmed poller(backend);
    for (const int fd : {unused_number(), 1'000'000, INT_MAX}) {
        INFO("fd " << fd);
        CHECK(poller->add(fd, 2, PLX_READABLE) == -EBADF);
        CHECK(poller->add(fd, 2, PLX_ONESHOT) == -EBADF);
        CHECK(poller->add(fd, 2, 0) == -EBADF);
    }
    poller.check();
}

TEST_CASE("a negative number is EBADF everywhere") {
    FOR_EACH_BACKEND(backend);
    const Unharmed poller(backend);
    for (const int fd : {-1, -2, INT_MIN}) {
        INFO("fd " << fd);
        CHECK(poller->add(fd, 2, PLX_READABLE) == -EBADF);
        CHECK(poller->add(fd, 2, 0) == -EBADF);
        CHECK(poller->modify(fd, 2, PLX_READABLE) == -EBADF);
        CHECK(poller->remove(fd) == -EBADF);
    }
    poller.check();
}

TEST_CASE("changing a closed descriptor is EBADF and it stays registered") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = make_socket_pair();
    const uint32_t interest = GENERATE(PLX_READABLE, uint32_t{0});
    REQUIRE(poller.add(pair.ours, 1, interest) == 0);
    const int fd = pair.ours.close();
    CHECK(poller.modify(fd, 2, PLX_READABLE) == -EBADF);
    CHECK(poller.modify(fd, 2, 0) == -EBADF);
    CHECK(poller.add(fd, 2, PLX_READABLE) == -EEXIST);
    CHECK(poller.count() == 1);
    CHECK(poller.remove(fd) == 0);
}

TEST_CASE("a regular file or a directory is EPERM, with or without a condition") {
    FOR_EACH_BACKEND(backend);
    const Fd file = make_regular_file();
    const Fd directory = open_directory();
    const Unharmed poller(backend);
    for (const int fd : {int{file}, int{directory}}) {
        CHECK(poller->add(fd, 2, PLX_READABLE) == -EPERM);
        CHECK(poller->add(fd, 2, PLX_READABLE | PLX_WRITABLE) == -EPERM);
        CHECK(poller->add(fd, 2, PLX_ONESHOT) == -EPERM);
        CHECK(poller->add(fd, 2, 0) == -EPERM);
    }
    poller.check();
}

TEST_CASE("changing a descriptor that has become a regular file is EPERM") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = make_socket_pair();
    const Fd file = make_regular_file();
    const uint32_t interest = GENERATE(PLX_READABLE, uint32_t{0});
    REQUIRE(poller.add(pair.ours, 1, interest) == 0);
    const Fd reused = duplicate_at(file, pair.ours.close());
    CHECK(poller.modify(reused, 2, PLX_READABLE) == -EPERM);
    CHECK(poller.modify(reused, 2, 0) == -EPERM);
    CHECK(poller.count() == 1);
    CHECK(poller.remove(reused) == 0);
    CHECK(poller.is_silent());
}

TEST_CASE("every unknown interest bit is EINVAL") {
    FOR_EACH_BACKEND(backend);
    const Unharmed poller(backend);
    const uint32_t known = kConditions | PLX_EDGE | PLX_ONESHOT | PLX_EXCLUSIVE;
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        if ((known & bit) != 0) continue;
        INFO("bit " << bit);
        CHECK(poller->add(poller.unregistered(), 2, PLX_READABLE | bit) == -EINVAL);
        CHECK(poller->add(poller.unregistered(), 2, bit) == -EINVAL);
        CHECK(poller->modify(poller.registered(), 2, PLX_WRITABLE | bit) == -EINVAL);
    }
    poller.check();
}

TEST_CASE("exclusive with one-shot or priority is EINVAL") {
    FOR_EACH_BACKEND(backend);
    const Unharmed poller(backend);
    for (const uint32_t other : {PLX_ONESHOT, PLX_PRIORITY, PLX_ONESHOT | PLX_PRIORITY}) {
        const uint32_t interest = PLX_READABLE | PLX_EXCLUSIVE | other;
        CHECK(poller->add(poller.unregistered(), 2, interest) == -EINVAL);
        CHECK(poller->modify(poller.registered(), 2, interest) == -EINVAL);
    }
    poller.check();
}

TEST_CASE("a capability that the backend lacks is ENOTSUP and is not imitated") {
    FOR_EACH_BACKEND(backend);
    const Unharmed poller(backend);
    const struct {
        uint32_t capability;
        uint32_t interest;
    } needs[] = {{PLX_CAP_EDGE, PLX_READABLE | PLX_EDGE}, {PLX_CAP_PRIORITY, PLX_PRIORITY}};
    for (const auto& need : needs) {
        const int expected = has(backend, need.capability) ? 0 : -ENOTSUP;
        CHECK(poller->add(poller.unregistered(), 2, need.interest) == expected);
        if (expected == 0) REQUIRE(poller->remove(poller.unregistered()) == 0);
        if (expected != 0) {
            CHECK(poller->modify(poller.registered(), 2, need.interest) == expected);
        }
    }
    poller.check();
}

TEST_CASE("an array without room is EINVAL and consumes nothing") {
    FOR_EACH_BACKEND(backend);
    const Unharmed poller(backend);
    plx_event event{77, 77, 77};
    for (const int capacity : {0, -1, INT_MIN}) {
        CHECK(plx_poller_wait(poller->get(), &event, capacity, 0) == -EINVAL);
        CHECK(plx_poller_wait(poller->get(), &event, capacity, -1) == -EINVAL);
    }
    CHECK(plx_poller_wait(poller->get(), nullptr, 1, 0) == -EINVAL);
    CHECK(event.token == 77);
    poller.check();
}

TEST_CASE("a descriptor that was closed first is removed and forgotten") {
    FOR_EACH_BACKEND(backend);
    const Poller poller(backend);
    Pair pair = make_socket_pair();
    const uint32_t interest = GENERATE(PLX_READABLE, PLX_READABLE | PLX_ONESHOT, uint32_t{0});
    REQUIRE(poller.add(pair.ours, 1, interest) == 0);
    const int fd = pair.ours.close();
    CHECK(poller.remove(fd) == 0);
    CHECK(poller.count() == 0);
    CHECK(poller.remove(fd) == -ENOENT);
    CHECK(poller.add(fd, 2, PLX_READABLE) == -EBADF);
    CHECK(poller.is_silent());
}

TEST_CASE("the poller's own descriptor is EINVAL") {
    FOR_EACH_BACKEND(backend);
    if (!has(backend, PLX_CAP_NATIVE_FD)) return;
    const Poller poller(backend);
    const int own = poller.fd();
    REQUIRE(own >= 0);
    CHECK(poller.add(own, 2, PLX_READABLE) == -EINVAL);
    CHECK(poller.add(own, 2, 0) == -EINVAL);
    CHECK(poller.count() == 0);
    CHECK(poller.is_silent());
}
