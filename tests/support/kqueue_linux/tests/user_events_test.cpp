// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "support/catch.hpp"

using namespace kqueue_test;

TEST_CASE("a user event is reported when it is triggered") {
    const Kqueue kq;
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
    CHECK(kq.poll().empty());
    REQUIRE(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK(events[0].ident == 7);
    CHECK(events[0].filter == EVFILT_USER);
    CHECK(kq.poll().empty());
}

TEST_CASE("several triggers are one event") {
    const Kqueue kq;
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
    REQUIRE(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
    REQUIRE(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().empty());
}

TEST_CASE("a user event without EV_CLEAR stays triggered") {
    const Kqueue kq;
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD) == 0);
    REQUIRE(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("EV_CLEAR in the trigger's own change takes the trigger back") {
    const Kqueue kq;
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD | EV_CLEAR, NOTE_TRIGGER) == 0);
    CHECK(kq.poll().empty());
}

TEST_CASE("NOTE_TRIGGER in the first add is not looked at") {
    const Kqueue kq;
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD, NOTE_TRIGGER) == 0);
    CHECK(kq.poll().empty());
}

TEST_CASE("a user event that was not added cannot be triggered") {
    const Kqueue kq;
    CHECK(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER) == ENOENT);
}

TEST_CASE("a trigger replaces the user data") {
    const Kqueue kq;
    int mine = 0;
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD | EV_CLEAR, 0, &mine) == 0);
    REQUIRE(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
    CHECK(kq.poll().at(0).udata == nullptr);
}

TEST_CASE("the lower bits of fflags are the user's: ignore, and, or, copy") {
    const Kqueue kq;
    const auto flags_after = [&](unsigned int change) {
        REQUIRE(kq.apply(7, EVFILT_USER, 0, change | NOTE_TRIGGER, nullptr, 42) == 0);
        return kq.poll().at(0).fflags;
    };
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD | EV_CLEAR, 0x5) == 0);
    CHECK(flags_after(NOTE_FFNOP | 0x8) == 0x5);
    CHECK(flags_after(NOTE_FFAND | 0x4) == 0x4);
    CHECK(flags_after(NOTE_FFOR | 0x3) == 0x7);
    CHECK(flags_after(NOTE_FFCOPY | 0x123456) == 0x123456);
}

TEST_CASE("a user event carries the data of the last change") {
    const Kqueue kq;
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
    REQUIRE(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER, nullptr, 42) == 0);
    CHECK(kq.poll().at(0).data == 42);
}

TEST_CASE("a one-shot user event is deleted when it is fetched") {
    const Kqueue kq;
    REQUIRE(kq.apply(7, EVFILT_USER, EV_ADD | EV_ONESHOT) == 0);
    REQUIRE(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
    CHECK(kq.poll().size() == 1);
    CHECK(kq.apply(7, EVFILT_USER, 0, NOTE_TRIGGER) == ENOENT);
}

TEST_CASE("the ident of a user event has nothing to do with descriptors") {
    const Kqueue kq;
    Pipe pipe;
    const int number = pipe.reader.fd;
    REQUIRE(kq.apply(number, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
    REQUIRE(kq.apply(number, EVFILT_READ, EV_ADD) == 0);
    pipe.reader.close();
    REQUIRE(kq.apply(number, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
    CHECK(kq.poll().size() == 1);
}
