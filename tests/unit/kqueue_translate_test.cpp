// SPDX-License-Identifier: MIT
#include "kqueue/change_list.hpp"
#include "kqueue/translate.hpp"
#include "support/catch.hpp"

#include <cstddef>

using namespace pollux::kqueue;
using pollux::Key;
using pollux::Registration;

namespace {

constexpr auto kRead = static_cast<Filter>(EVFILT_READ);
constexpr auto kWrite = static_cast<Filter>(EVFILT_WRITE);

}  // namespace

TEST_CASE("interest becomes kqueue's flags, bit by bit") {
    STATIC_REQUIRE(to_kernel(0) == EV_ADD);
    STATIC_REQUIRE(to_kernel(PLX_READABLE | PLX_WRITABLE | PLX_PRIORITY) == EV_ADD);
    STATIC_REQUIRE(to_kernel(PLX_EDGE) == (EV_ADD | EV_CLEAR));
    STATIC_REQUIRE(to_kernel(PLX_ONESHOT) == (EV_ADD | EV_ONESHOT));
    STATIC_REQUIRE(to_kernel(PLX_EXCLUSIVE) == EV_ADD);
    STATIC_REQUIRE(to_kernel(PLX_EDGE | PLX_ONESHOT) == (EV_ADD | EV_CLEAR | EV_ONESHOT));
}

TEST_CASE("each filter stands for one condition, and there and back is the same") {
    STATIC_REQUIRE(condition_of(kRead) == PLX_READABLE);
    STATIC_REQUIRE(condition_of(kWrite) == PLX_WRITABLE);
    for (const FilterOf& each : kFilters)
        CHECK(condition_of(each.filter) == each.condition);
}

TEST_CASE("a plain record is its condition") {
    STATIC_REQUIRE(from_kernel(kRead, 0, 0) == PLX_READABLE);
    STATIC_REQUIRE(from_kernel(kWrite, 0, 0) == PLX_WRITABLE);
    STATIC_REQUIRE(from_kernel(kRead, EV_ADD | EV_CLEAR | EV_ONESHOT, 0) == PLX_READABLE);
}

TEST_CASE("priority data is reported where the system has a filter for it") {
    uint32_t reported = 0;
    for (const FilterOf& each : kFilters) {
        if (each.condition == PLX_PRIORITY) reported = from_kernel(each.filter, 0, each.notes);
    }
    CHECK(reported == (kPriorityCapability != 0 ? PLX_PRIORITY : 0));
}

TEST_CASE("the end of file never hides that there is something to read") {
    STATIC_REQUIRE(from_kernel(kRead, EV_EOF, 0) == (PLX_READABLE | PLX_READ_CLOSED));
}

TEST_CASE("the end of the write side is a hang-up that leaves the descriptor writable") {
    STATIC_REQUIRE(from_kernel(kWrite, EV_EOF, 0) == (PLX_WRITABLE | PLX_HANGUP));
}

TEST_CASE("the socket's error comes with the end of file") {
    STATIC_REQUIRE((from_kernel(kRead, EV_EOF, ECONNRESET) & PLX_ERROR) != 0);
    STATIC_REQUIRE((from_kernel(kWrite, EV_EOF, ECONNREFUSED) & PLX_ERROR) != 0);
    STATIC_REQUIRE((from_kernel(kRead, 0, ECONNRESET) & PLX_ERROR) == 0);
    STATIC_REQUIRE(from_kernel(kRead, EV_ERROR, 0) == (PLX_READABLE | PLX_ERROR));
}

TEST_CASE("both sides at their end are a hang-up") {
    constexpr uint32_t both = from_kernel(kRead, EV_EOF, 0) | from_kernel(kWrite, EV_EOF, 0);
    STATIC_REQUIRE(settle(both, PLX_READABLE | PLX_WRITABLE) == both);
}

TEST_CASE("the own shutdown is no hang-up while the peer goes on sending") {
    constexpr uint32_t both = from_kernel(kRead, 0, 0) | from_kernel(kWrite, EV_EOF, 0);
    STATIC_REQUIRE(settle(both, PLX_READABLE | PLX_WRITABLE) == (PLX_READABLE | PLX_WRITABLE));
    STATIC_REQUIRE(settle(from_kernel(kWrite, EV_EOF, 0), PLX_READABLE | PLX_WRITABLE) ==
                   PLX_WRITABLE);
}

TEST_CASE("with nothing but writing asked for the end of the write side is a hang-up") {
    STATIC_REQUIRE(settle(from_kernel(kWrite, EV_EOF, 0), PLX_WRITABLE) ==
                   (PLX_WRITABLE | PLX_HANGUP));
}

TEST_CASE("what stands in for a write filter reports a peer that is gone") {
    STATIC_REQUIRE(settle(from_kernel(kRead, EV_EOF, 0), PLX_WRITABLE) ==
                   (PLX_WRITABLE | PLX_HANGUP));
    CHECK((from_kernel(kUserFilter.filter, 0, 0) == kPeerGone) == kUserFilter.is_defined);
}

TEST_CASE("slot and generation come back from a record's ident and user data") {
    const Key key = Key::of(12345, 0xFEDC'BA98);
    const KernelEvent change = make_change(12345, kRead, EV_ADD, 0, key.generation());
    CHECK(key_of(change.ident, generation_of(change.udata)) == key);
}

TEST_CASE("a change carries what it was given, and a receipt is asked for") {
    ChangeList changes;
    changes.push_adds({9, PLX_READABLE | PLX_WRITABLE | PLX_EDGE, Key::of(9, 4)}, ~uint32_t{0});
    REQUIRE(changes.count() == 2);
    CHECK(changes[0].filter == kRead);
    CHECK(changes[1].filter == kWrite);
    for (int i = 0; i < 2; ++i) {
        CHECK(changes[i].ident == 9);
        CHECK(changes[i].flags == (EV_ADD | EV_CLEAR | EV_RECEIPT));
        CHECK(generation_of(changes[i].udata) == 4);
        CHECK(changes.is_add(i));
    }
}

TEST_CASE("only the filters that are watched and named are deleted") {
    ChangeList changes;
    changes.push_deletes({9, PLX_READABLE, Key::of(9, 4)}, PLX_WRITABLE);
    CHECK(changes.count() == 0);
    changes.push_deletes({9, PLX_READABLE | PLX_WRITABLE, Key::of(9, 4)}, PLX_WRITABLE);
    REQUIRE(changes.count() == 1);
    CHECK(changes[0].filter == kWrite);
    CHECK(changes[0].flags == (EV_DELETE | EV_RECEIPT));
    CHECK_FALSE(changes.is_add(0));
}
