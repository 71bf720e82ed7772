// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "support/catch.hpp"

#include <netinet/in.h>

using namespace kqueue_test;

namespace {

struct Listener : Fd {
    Listener() : Fd(socket(AF_INET, SOCK_STREAM, 0)) {
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        bind(fd, as_sockaddr(), length);
        getsockname(fd, as_sockaddr(), &length);
        listen(fd, 8);
    }
    sockaddr* as_sockaddr() { return reinterpret_cast<sockaddr*>(&address); }
    int connect_to() {
        const int client = socket(AF_INET, SOCK_STREAM, 0);
        connect(client, as_sockaddr(), sizeof address);
        return client;
    }
    sockaddr_in address{};
};

struct Connection {
    Connection() : client(listener.connect_to()), server(accept(listener.fd, nullptr, nullptr)) {}
    Listener listener;
    Fd client;
    Fd server;
};

void reset_on_close(int fd) {
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int take_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

}  // namespace

TEST_CASE("a listener is readable: data is the number of pending connections") {
    const Kqueue kq;
    Listener listener;
    REQUIRE(kq.apply(listener.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(kq.poll().empty());
    const Fd one(listener.connect_to());
    const Fd two(listener.connect_to());
    const Events events = kq.wait();
    REQUIRE(events.size() == 1);
    CHECK(events[0].data == 2);
    const Fd first(accept(listener.fd, nullptr, nullptr));
    CHECK(kq.poll().size() == 1);
    const Fd second(accept(listener.fd, nullptr, nullptr));
    CHECK(kq.poll().empty());
}

TEST_CASE("a listener is never writable") {
    const Kqueue kq;
    const Listener listener;
    REQUIRE(kq.apply(listener.fd, EVFILT_WRITE, EV_ADD) == 0);
    CHECK(kq.poll().empty());
}

TEST_CASE("reading and writing the same socket are two events") {
    const Kqueue kq;
    const SocketPair pair;
    int reader = 0;
    int writer = 0;
    REQUIRE(kq.apply(pair.a.fd, EVFILT_READ, EV_ADD, 0, &reader) == 0);
    REQUIRE(kq.apply(pair.a.fd, EVFILT_WRITE, EV_ADD, 0, &writer) == 0);
    pair.b.write("x");
    const Events events = kq.poll();
    REQUIRE(events.size() == 2);
    CHECK(events[0].ident == events[1].ident);
    CHECK(events[0].filter + events[1].filter == EVFILT_READ + EVFILT_WRITE);
    for (const struct kevent& event : events) {
        CHECK(event.udata == (event.filter == EVFILT_READ ? &reader : &writer));
    }
}

TEST_CASE("reading a socket: EOF after the peer stops writing, with unread data and without") {
    const Kqueue kq;
    const Connection tcp;
    REQUIRE(kq.apply(tcp.server.fd, EVFILT_READ, EV_ADD) == 0);
    tcp.client.write("hello");
    shutdown(tcp.client.fd, SHUT_WR);
    Events events = kq.wait();
    while ((events.at(0).flags & EV_EOF) == 0)
        events = kq.wait();
    REQUIRE(events.size() == 1);
    CHECK(events[0].data == 5);
    CHECK(events[0].fflags == 0);
    tcp.server.read(5);
    events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK((events[0].flags & EV_EOF) != 0);
    CHECK(events[0].data == 0);
}

TEST_CASE("a peer that stops writing does not end our writing") {
    const Kqueue kq;
    const Connection tcp;
    REQUIRE(kq.apply(tcp.server.fd, EVFILT_READ, EV_ADD) == 0);
    shutdown(tcp.client.fd, SHUT_WR);
    REQUIRE(kq.wait().size() == 1);
    REQUIRE(kq.apply(tcp.server.fd, EVFILT_READ, EV_DELETE) == 0);
    REQUIRE(kq.apply(tcp.server.fd, EVFILT_WRITE, EV_ADD) == 0);
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK((events[0].flags & EV_EOF) == 0);
}

TEST_CASE("writing a socket: EOF after our own shutdown") {
    const Kqueue kq;
    const Connection tcp;
    REQUIRE(kq.apply(tcp.client.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
    CHECK((kq.poll().at(0).flags & EV_EOF) == 0);
    shutdown(tcp.client.fd, SHUT_WR);
    CHECK((kq.poll().at(0).flags & EV_EOF) != 0);
}

TEST_CASE("writing a local socket: EOF after our own shutdown") {
    const Kqueue kq;
    const SocketPair pair;
    REQUIRE(kq.apply(pair.a.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
    CHECK((kq.poll().at(0).flags & EV_EOF) == 0);
    shutdown(pair.a.fd, SHUT_WR);
    CHECK((kq.poll().at(0).flags & EV_EOF) != 0);
}

TEST_CASE("our own shutdown of reading is EOF, too") {
    const Kqueue kq;
    const SocketPair pair;
    REQUIRE(kq.apply(pair.a.fd, EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
    shutdown(pair.a.fd, SHUT_RD);
    CHECK((kq.poll().at(0).flags & EV_EOF) != 0);
}

TEST_CASE("a closed local peer is EOF for both filters") {
    const Kqueue kq;
    SocketPair pair;
    REQUIRE(kq.apply(pair.a.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(kq.apply(pair.a.fd, EVFILT_WRITE, EV_ADD) == 0);
    pair.b.write("bye");
    pair.b.close();
    const Events events = kq.poll();
    REQUIRE(events.size() == 2);
    for (const struct kevent& event : events) {
        CHECK((event.flags & EV_EOF) != 0);
        if (event.filter == EVFILT_READ) CHECK(event.data == 3);
    }
}

TEST_CASE("a reset is EOF with the error in fflags, which leaves it to be read") {
    const Kqueue kq;
    Connection tcp;
    REQUIRE(kq.apply(tcp.server.fd, EVFILT_READ, EV_ADD) == 0);
    reset_on_close(tcp.client.fd);
    tcp.client.close();
    const Events events = kq.wait();
    REQUIRE(events.size() == 1);
    CHECK((events[0].flags & EV_EOF) != 0);
    CHECK(events[0].fflags == ECONNRESET);
    REQUIRE(kq.apply(tcp.server.fd, EVFILT_WRITE, EV_ADD) == 0);
    const Events both = kq.poll();
    REQUIRE(both.size() == 2);
    CHECK((both[1].flags & EV_EOF) != 0);
    CHECK(both[1].fflags == ECONNRESET);
    CHECK(take_error(tcp.server.fd) == ECONNRESET);
}

TEST_CASE("a refused connection is EOF with the error in fflags") {
    const Kqueue kq;
    Listener listener;
    listener.close();
    const Fd client(socket(AF_INET, SOCK_STREAM, 0));
    fcntl(client.fd, F_SETFL, O_NONBLOCK);
    REQUIRE(kq.apply(client.fd, EVFILT_WRITE, EV_ADD) == 0);
    connect(client.fd, listener.as_sockaddr(), sizeof listener.address);
    const Events events = kq.wait();
    REQUIRE(events.size() == 1);
    CHECK((events[0].flags & EV_EOF) != 0);
    CHECK(events[0].fflags == ECONNREFUSED);
    CHECK(take_error(client.fd) == ECONNREFUSED);
}

TEST_CASE("a socket that was never connected is neither readable nor writable") {
    const Kqueue kq;
    const Fd fresh(socket(AF_INET, SOCK_STREAM, 0));
    const Fd local(socket(AF_UNIX, SOCK_STREAM, 0));
    for (const int fd : {fresh.fd, local.fd}) {
        REQUIRE(kq.apply(fd, EVFILT_READ, EV_ADD) == 0);
        REQUIRE(kq.apply(fd, EVFILT_WRITE, EV_ADD) == 0);
    }
    CHECK(kq.poll(8, 20).empty());
}

TEST_CASE("a connection becomes writable when it is established") {
    const Kqueue kq;
    Listener listener;
    const Fd client(socket(AF_INET, SOCK_STREAM, 0));
    fcntl(client.fd, F_SETFL, O_NONBLOCK);
    REQUIRE(kq.apply(client.fd, EVFILT_WRITE, EV_ADD | EV_ONESHOT) == 0);
    connect(client.fd, listener.as_sockaddr(), sizeof listener.address);
    const Events events = kq.wait();
    REQUIRE(events.size() == 1);
    CHECK((events[0].flags & EV_EOF) == 0);
    CHECK(events[0].data > 0);
}

TEST_CASE("a full socket becomes writable when the peer reads") {
    const Kqueue kq;
    const SocketPair pair;
    fill(pair.a.fd);
    REQUIRE(kq.apply(pair.a.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
    CHECK(kq.poll().empty());
    fcntl(pair.b.fd, F_SETFL, O_NONBLOCK);
    char buffer[4096];
    while (read(pair.b.fd, buffer, sizeof buffer) > 0) {
    }
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("an empty datagram is an event with data 0") {
    const Kqueue kq;
    const SocketPair pair(SOCK_DGRAM);
    REQUIRE(kq.apply(pair.a.fd, EVFILT_READ, EV_ADD) == 0);
    send(pair.b.fd, "", 0, 0);
    const Events events = kq.poll();
    REQUIRE(events.size() == 1);
    CHECK(events[0].data == 0);
}

TEST_CASE("urgent data is an exception, and no data to read") {
    const Kqueue kq;
    const Connection tcp;
    REQUIRE(kq.apply(tcp.server.fd, EVFILT_EXCEPT, EV_ADD, NOTE_OOB) == 0);
    CHECK(kq.poll().empty());
    send(tcp.client.fd, "!", 1, MSG_OOB);
    const Events events = kq.wait();
    REQUIRE(events.size() == 1);
    CHECK(events[0].filter == EVFILT_EXCEPT);
    CHECK((events[0].fflags & NOTE_OOB) != 0);
}

TEST_CASE("exceptions of a pipe or a file are refused") {
    const Kqueue kq;
    const Pipe pipe;
    CHECK(kq.apply(pipe.reader.fd, EVFILT_EXCEPT, EV_ADD, NOTE_OOB) == EINVAL);
}
