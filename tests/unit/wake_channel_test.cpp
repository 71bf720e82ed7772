// SPDX-License-Identifier: MIT
#include "core/wake_channel.hpp"

#include "support/catch.hpp"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>

using pollux::WakeChannel;

namespace {

bool is_readable(const WakeChannel& channel) {
    pollfd record{channel.fd(), POLLIN, 0};
    return poll(&record, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a channel is readable from a signal until it is drained") {
    WakeChannel channel;
    REQUIRE(channel.open() == 0);
    CHECK_FALSE(is_readable(channel));
    channel.signal();
    CHECK(is_readable(channel));
    channel.drain();
    CHECK_FALSE(is_readable(channel));
    channel.signal();
    CHECK(is_readable(channel));
}

TEST_CASE("any number of signals neither blocks nor touches errno, and one drain takes them all") {
    WakeChannel channel;
    REQUIRE(channel.open() == 0);
    errno = E2BIG;
    for (int i = 0; i < 100'000; ++i)
        channel.signal();
    CHECK(errno == E2BIG);
    channel.drain();
    CHECK_FALSE(is_readable(channel));
}

TEST_CASE("draining a channel that was not signalled does not block") {
    WakeChannel channel;
    REQUIRE(channel.open() == 0);
    channel.drain();
    CHECK_FALSE(is_readable(channel));
}

TEST_CASE("a channel is not inherited by other programs") {
    WakeChannel channel;
    REQUIRE(channel.open() == 0);
    CHECK((fcntl(channel.fd(), F_GETFD) & FD_CLOEXEC) != 0);
}
