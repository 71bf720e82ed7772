// SPDX-License-Identifier: MIT
// The parts of the kqueue backend that need no kqueue: putting records together.
#include "kqueue/batch.hpp"
#include "kqueue/second_look.hpp"
#include "support/catch.hpp"

#include <unistd.h>

#include <vector>

using pollux::Key;
using pollux::kqueue::Batch;
using pollux::kqueue::SecondLook;

TEST_CASE("records of one registration become one event") {
    plx_event events[3] = {};
    Batch batch(events, 3);
    batch.take(Key::of(7, 1), PLX_READABLE);
    batch.take(Key::of(5, 1), PLX_READABLE);
    batch.take(Key::of(7, 1), PLX_WRITABLE);
    REQUIRE(batch.count() == 2);
    CHECK(events[0].token == Key::of(7, 1).value);
    CHECK(events[0].fd == 7);
    CHECK(events[0].events == (PLX_READABLE | PLX_WRITABLE));
    CHECK(events[1].fd == 5);
}

TEST_CASE("records of an old and a new registration of one descriptor stay apart") {
    plx_event events[2] = {};
    Batch batch(events, 2);
    batch.take(Key::of(7, 1), PLX_READABLE);
    batch.take(Key::of(7, 2), PLX_WRITABLE);
    REQUIRE(batch.count() == 2);
    CHECK(events[0].events == PLX_READABLE);
    CHECK(events[1].events == PLX_WRITABLE);
}

TEST_CASE("a wake is an event of its own") {
    plx_event events[2] = {};
    Batch batch(events, 2);
    batch.take(pollux::kWakeKey, 0);
    batch.take(Key::of(0, 0), PLX_READABLE);
    REQUIRE(batch.count() == 2);
    CHECK(events[0].token == pollux::kWakeKey.value);
}

TEST_CASE("a batch takes as many descriptors as it has records, however their numbers collide") {
    std::vector<plx_event> events(Batch::kMost);
    Batch batch(events.data(), Batch::kMost);
    for (int i = 0; i < Batch::kMost; ++i)
        batch.take(Key::of(i * 1024, 1), PLX_READABLE);
    REQUIRE(batch.count() == Batch::kMost);
    for (int i = 0; i < Batch::kMost; ++i)
        CHECK(events[size_t(i)].fd == i * 1024);
}

TEST_CASE("a batch of one record needs no more room than that") {
    plx_event event = {};
    Batch batch(&event, 1);
    batch.take(Key::of(3, 9), PLX_WRITABLE);
    CHECK(batch.count() == 1);
    CHECK(event.token == Key::of(3, 9).value);
}

TEST_CASE("a second look reports the conditions asked for and nothing else") {
    STATIC_REQUIRE(SecondLook::from_poll(POLLIN, POLLIN) == PLX_READABLE);
    STATIC_REQUIRE(SecondLook::from_poll(POLLOUT, POLLOUT) == PLX_WRITABLE);
    STATIC_REQUIRE(SecondLook::from_poll(POLLPRI, POLLPRI) == PLX_PRIORITY);
    STATIC_REQUIRE(SecondLook::from_poll(POLLOUT, POLLIN | POLLHUP | POLLERR) == 0);
    STATIC_REQUIRE(SecondLook::from_poll(POLLIN, POLLNVAL) == 0);
    STATIC_REQUIRE(SecondLook::from_poll(POLLIN | POLLOUT, POLLHUP) == PLX_READABLE);
}

TEST_CASE("a second look adds to the event that it was asked about") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    plx_event events[2] = {{1, ends[0], PLX_ERROR}, {2, ends[1], PLX_ERROR}};
    SecondLook look;
    look.ask(0, ends[0], PLX_READABLE);
    look.ask(1, ends[1], PLX_WRITABLE);
    look.run(events);
    CHECK(events[0].events == PLX_ERROR);
    CHECK(events[1].events == (PLX_ERROR | PLX_WRITABLE));
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("a second look at nothing asks the kernel nothing") {
    plx_event event{1, 3, PLX_READABLE};
    SecondLook look;
    look.run(&event);
    CHECK(event.events == PLX_READABLE);
}
