// SPDX-License-Identifier: MIT
#include "core/unique_fd.hpp"

#include "support/catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

using pollux::UniqueFd;

namespace {

bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("a descriptor is closed when its owner goes") {
    const int number = dup(0);
    REQUIRE(number >= 0);
    {
        UniqueFd owner(number);
        CHECK(owner);
        CHECK(owner.get() == number);
        CHECK(is_open(number));
    }
    CHECK_FALSE(is_open(number));
}

TEST_CASE("an owner that was moved from or released closes nothing") {
    const int number = dup(0);
    REQUIRE(number >= 0);
    {
        UniqueFd first(number);
        UniqueFd second(std::move(first));
        UniqueFd third;
        CHECK_FALSE(third);
        third = std::move(second);
        CHECK(third.release() == number);
    }
    CHECK(is_open(number));
    close(number);
}
