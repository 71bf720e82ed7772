// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "support/catch.hpp"

using namespace kqueue_test;

TEST_CASE("an event without a mode is reported as long as its condition holds") {
    const Kqueue kq;
    const Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    pipe.writer.write("x");
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().size() == 1);
    pipe.reader.read(1);
    CHECK(kq.poll().empty());
}

TEST_CASE("a cleared event is reported again only when something happens") {
    const Kqueue kq;
    const Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
    pipe.writer.write("x");
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().empty());
    pipe.writer.write("y");
    const Events again = kq.poll();
    REQUIRE(again.size() == 1);
    CHECK(again[0].data == 2);
    CHECK(kq.poll().empty());
}

TEST_CASE("a cleared event whose condition is gone when it is fetched is not reported") {
    const Kqueue kq;
    const Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
    pipe.writer.write("x");
    pipe.reader.read(1);
    CHECK(kq.poll().empty());
}

TEST_CASE("adding a ready descriptor reports it at once, again when it is added again") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().empty());
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("a one-shot event is deleted when it is fetched, and only that filter") {
    const Kqueue kq;
    const SocketPair pair;
    REQUIRE(kq.apply({change_of(pair.a.fd, EVFILT_READ, EV_ADD | EV_ONESHOT),
                      change_of(pair.a.fd, EVFILT_WRITE, EV_ADD | EV_ONESHOT)}) == 0);
    const Events first = kq.poll();
    REQUIRE(first.size() == 1);
    CHECK(first[0].filter == EVFILT_WRITE);
    CHECK(kq.apply(pair.a.fd, EVFILT_WRITE, EV_DELETE) == ENOENT);
    pair.b.write("x");
    const Events second = kq.poll();
    REQUIRE(second.size() == 1);
    CHECK(second[0].filter == EVFILT_READ);
    CHECK(kq.poll().empty());
}

TEST_CASE("a dispatched event is disabled when it is fetched, until it is enabled") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_DISPATCH) == 0);
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().empty());
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ENABLE) == 0);
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().empty());
}

TEST_CASE("adding an event again does not change its mode") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR | EV_ONESHOT) == 0);
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().size() == 1);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_DELETE) == 0);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(kq.poll().size() == 1);
    CHECK(kq.poll().empty());
}

TEST_CASE("adding an event again changes its user data and makes no second one") {
    const Kqueue kq;
    const Pipe pipe;
    int one = 0;
    int two = 0;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD, 0, &one) == 0);
    CHECK(kq.poll().at(0).udata == &one);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD, 0, &two) == 0);
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK(events[0].udata == &two);
}

TEST_CASE("a disabled event is not reported, and what happened shows up when it is enabled") {
    const Kqueue kq;
    const Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_DISABLE | EV_CLEAR) == 0);
    pipe.writer.write("x");
    CHECK(kq.poll().empty());
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ENABLE) == 0);
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("disabling takes back an event that waits to be fetched") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_DISABLE) == 0);
    CHECK(kq.poll().empty());
}

TEST_CASE("adding a disabled event again leaves it disabled, as the kernels do") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_DISABLE) == 0);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(kq.poll().empty());
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_ENABLE) == 0);
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("a deleted event is not reported") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_DELETE) == 0);
    CHECK(kq.poll().empty());
}

TEST_CASE("with more events than room, repeated calls reach every one") {
    const Kqueue kq;
    const Pipe pipes[3];
    for (const Pipe& pipe : pipes) {
        REQUIRE(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ADD) == 0);
    }
    const uintptr_t first = kq.poll(1).at(0).ident;
    const uintptr_t second = kq.poll(1).at(0).ident;
    const uintptr_t third = kq.poll(1).at(0).ident;
    CHECK(first != second);
    CHECK(first != third);
    CHECK(second != third);
}
