// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "support/catch.hpp"

#include <kqueue_linux.h>

#include <climits>

using namespace kqueue_test;

TEST_CASE("all changes are applied before events are read") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    const Events events = kq.call({change_of(pipe.reader.fd, EVFILT_READ, EV_ADD)}, 1, nullptr);
    REQUIRE(events.size() == 1);
    CHECK(events[0].ident == static_cast<uintptr_t>(pipe.reader.fd));
    CHECK(events[0].filter == EVFILT_READ);
}

TEST_CASE("a change that fails is reported in the event list if there is room") {
    const Kqueue kq;
    const Pipe pipe;
    const Events events = kq.call({change_of(pipe.reader.fd, EVFILT_READ, EV_DELETE)}, 1, nullptr);
    REQUIRE(events.size() == 1);
    CHECK(events[0].flags == EV_ERROR);
    CHECK(events[0].data == ENOENT);
    CHECK(events[0].ident == static_cast<uintptr_t>(pipe.reader.fd));
}

TEST_CASE("a change that fails without room is the error of the call and ends it") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    CHECK(kq.apply({change_of(pipe.writer.fd, EVFILT_WRITE, EV_DELETE),
                    change_of(pipe.reader.fd, EVFILT_READ, EV_ADD)}) == ENOENT);
    CHECK(kq.poll().empty());
}

TEST_CASE("after a failed change the others are applied, and no events are read") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    const Events events = kq.call({change_of(pipe.writer.fd, EVFILT_WRITE, EV_DELETE),
                                   change_of(pipe.reader.fd, EVFILT_READ, EV_ADD)},
                                  8, nullptr);
    REQUIRE(events.size() == 1);
    CHECK(events[0].data == ENOENT);
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("a receipt is an error entry with data 0, and pending events stay") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    const int flags = EV_ADD | EV_ONESHOT | EV_RECEIPT;
    const Events events = kq.call({change_of(pipe.reader.fd, EVFILT_READ, flags),
                                   change_of(pipe.writer.fd, EVFILT_WRITE, EV_DELETE | EV_RECEIPT)},
                                  8, nullptr);
    REQUIRE(events.size() == 2);
    CHECK(events[0].flags == EV_ERROR);
    CHECK(events[0].data == 0);
    CHECK(events[1].flags == EV_ERROR);
    CHECK(events[1].data == ENOENT);
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("a receipt that has no room ends the call without an error") {
    const Kqueue kq;
    const Pipe one;
    const Pipe two;
    CHECK(kq.apply({change_of(one.writer.fd, EVFILT_WRITE, EV_ADD | EV_RECEIPT),
                    change_of(two.writer.fd, EVFILT_WRITE, EV_ADD | EV_RECEIPT)}) == 0);
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK(events[0].ident == static_cast<uintptr_t>(one.writer.fd));
}

TEST_CASE("the changes after the last receipt that fits are lost") {
    const Kqueue kq;
    const Pipe one;
    const Pipe two;
    const Pipe three;
    const Events receipts = kq.call({change_of(one.writer.fd, EVFILT_WRITE, EV_ADD | EV_RECEIPT),
                                     change_of(two.writer.fd, EVFILT_WRITE, EV_ADD | EV_RECEIPT),
                                     change_of(three.writer.fd, EVFILT_WRITE, EV_ADD | EV_RECEIPT)},
                                    1, nullptr);
    CHECK(receipts.size() == 1);
    CHECK(kq.poll().size() == 2);
}

TEST_CASE("the same array may hold the changes and take the events") {
    const Kqueue kq;
    const Pipe pipe;
    struct kevent list[] = {
        change_of(pipe.reader.fd, EVFILT_READ, EV_ADD),
        change_of(pipe.writer.fd, EVFILT_WRITE, EV_ADD | EV_RECEIPT),
    };
    CHECK(kevent(kq.fd, list, 2, list, 2, nullptr) == 1);
    CHECK(list[0].filter == EVFILT_WRITE);
    CHECK(list[0].flags == EV_ERROR);
    CHECK(kq.apply(pipe.reader.fd, EVFILT_READ, EV_DELETE) == 0);
    CHECK(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_DELETE) == 0);
}

TEST_CASE("a closed descriptor is EBADF, for a delete too") {
    const Kqueue kq;
    Pipe pipe;
    const int number = pipe.reader.fd;
    pipe.reader.close();
    CHECK(kq.apply(number, EVFILT_READ, EV_ADD) == EBADF);
    CHECK(kq.apply(number, EVFILT_READ, EV_DELETE) == EBADF);
    CHECK(kq.apply(-1, EVFILT_READ, EV_ADD) == EBADF);
}

TEST_CASE("an event that was not added can be neither deleted nor modified") {
    const Kqueue kq;
    const Pipe pipe;
    CHECK(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(kq.apply(pipe.reader.fd, EVFILT_WRITE, EV_DELETE) == ENOENT);
    CHECK(kq.apply(pipe.reader.fd, EVFILT_WRITE, EV_ENABLE) == ENOENT);
    CHECK(kq.apply(pipe.reader.fd, EVFILT_WRITE, 0) == ENOENT);
}

TEST_CASE("an unknown filter and negative list sizes are EINVAL") {
    const Kqueue kq;
    struct kevent event {};
    CHECK(kq.apply(0, -100, EV_ADD) == EINVAL);
    CHECK(kevent(kq.fd, nullptr, -1, nullptr, 0, nullptr) == -1);
    CHECK(errno == EINVAL);
    CHECK(kevent(kq.fd, nullptr, 0, &event, -1, nullptr) == -1);
    CHECK(errno == EINVAL);
}

TEST_CASE("what is no kqueue is EBADF") {
    const Pipe pipe;
    CHECK(kevent(pipe.reader.fd, nullptr, 0, nullptr, 0, nullptr) == -1);
    CHECK(errno == EBADF);
    CHECK(kevent(-1, nullptr, 0, nullptr, 0, nullptr) == -1);
    CHECK(errno == EBADF);
}

TEST_CASE("a success leaves errno alone") {
    const Kqueue kq;
    const Pipe pipe;
    errno = ENOTTY;
    CHECK(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(kq.poll().empty());
    CHECK(errno == ENOTTY);
}

TEST_CASE("a test can order the error of the next add of a filter") {
    const Kqueue kq;
    const Pipe pipe;
    kqueue_linux_fail_next(EVFILT_WRITE, EPIPE);
    CHECK(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ADD) == EPIPE);
    CHECK(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_DELETE) == ENOENT);
    CHECK(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ADD) == 0);
}

TEST_CASE("a test can order the error of the next kqueue") {
    kqueue_linux_fail_next(0, ENOSYS);
    CHECK(kqueue() == -1);
    CHECK(errno == ENOSYS);
    const Kqueue kq;
    CHECK(kq.fd >= 0);
}
