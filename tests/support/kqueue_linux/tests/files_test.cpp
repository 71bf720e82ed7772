// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "support/catch.hpp"

#include <cstdio>

using namespace kqueue_test;

TEST_CASE("reading a pipe: data is the number of bytes") {
    const Kqueue kq;
    const Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(kq.poll().empty());
    pipe.writer.write("hello");
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK(events[0].data == 5);
    CHECK((events[0].flags & EV_EOF) == 0);
}

TEST_CASE("reading a pipe: EOF comes with the unread data and stays after it") {
    const Kqueue kq;
    Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    pipe.writer.write("hello");
    pipe.writer.close();
    const Events with_data = kq.poll();
    REQUIRE(with_data.size() == 1);
    CHECK(with_data[0].data == 5);
    CHECK((with_data[0].flags & EV_EOF) != 0);
    pipe.reader.read(5);
    const Events after_data = kq.poll();
    REQUIRE(after_data.size() == 1);
    CHECK(after_data[0].data == 0);
    CHECK((after_data[0].flags & EV_EOF) != 0);
}

TEST_CASE("reading a pipe: EOF is a change of its own for a cleared event") {
    const Kqueue kq;
    Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
    pipe.writer.write("x");
    CHECK(kq.poll().size() == 1);
    pipe.writer.close();
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK((events[0].flags & EV_EOF) != 0);
}

TEST_CASE("writing a pipe: data is the room in it") {
    const Kqueue kq;
    const Pipe pipe;
    REQUIRE(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ADD) == 0);
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK(events[0].data > 0);
    fill(pipe.writer.fd);
    CHECK(kq.poll().empty());
    pipe.reader.read(65536);
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("writing a pipe: EOF when the reader is gone") {
    const Kqueue kq;
    Pipe pipe;
    fill(pipe.writer.fd);
    REQUIRE(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
    CHECK(kq.poll().empty());
    pipe.reader.close();
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK((events[0].flags & EV_EOF) != 0);
}

TEST_CASE("writing a pipe whose reader is gone cannot be added: EPIPE") {
    const Kqueue kq;
    Pipe pipe;
    pipe.reader.close();
    CHECK(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ADD) == EPIPE);
    CHECK(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_DELETE) == ENOENT);
}

TEST_CASE("a regular file is readable until its end") {
    const Kqueue kq;
    std::FILE* const stream = std::tmpfile();
    REQUIRE(stream != nullptr);
    const Fd file(dup(fileno(stream)));
    std::fclose(stream);
    file.write("hello");
    REQUIRE(lseek(file.fd, 2, SEEK_SET) == 2);
    REQUIRE(kq.apply(file.fd, EVFILT_READ, EV_ADD) == 0);
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK(events[0].data == 3);
    file.read(3);
    CHECK(kq.poll().empty());
    file.write("more");
    REQUIRE(lseek(file.fd, 5, SEEK_SET) == 5);
    CHECK(kq.poll().at(0).data == 4);
}

TEST_CASE("a device without events is refused") {
    const Kqueue kq;
    const Fd null(open("/dev/null", O_RDONLY));
    CHECK(kq.apply(null.fd, EVFILT_READ, EV_ADD) == EINVAL);
    CHECK(kq.apply(null.fd, EVFILT_READ, EV_DELETE) == ENOENT);
}

TEST_CASE("a kqueue is readable in another one when it has events") {
    const Kqueue outer;
    const Kqueue inner;
    const Pipe pipe;
    REQUIRE(outer.apply(inner.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(inner.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(outer.poll().empty());
    pipe.writer.write("x");
    const Events events = outer.wait();
    REQUIRE(events.size() == 1);
    CHECK(events[0].data >= 1);
    CHECK(inner.poll().size() == 1);
    pipe.reader.read(1);
    CHECK(inner.poll().empty());
    CHECK(outer.poll().empty());
}

TEST_CASE("a kqueue in itself, or watched for writing, is EINVAL") {
    const Kqueue outer;
    const Kqueue inner;
    CHECK(outer.apply(outer.fd, EVFILT_READ, EV_ADD) == EINVAL);
    CHECK(outer.apply(inner.fd, EVFILT_WRITE, EV_ADD) == EINVAL);
}
