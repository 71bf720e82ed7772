// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "support/catch.hpp"

#include <sys/wait.h>

#include <functional>

using namespace kqueue_test;

namespace {

// Whether `body` answers true in a child process.
bool is_true_in_a_child(const std::function<bool()>& body) {
    const pid_t pid = fork();
    if (pid == 0) _exit(body() ? 0 : 1);
    int status = -1;
    waitpid(pid, &status, 0);
    return status == 0;
}

}  // namespace

TEST_CASE("closing a descriptor deletes its events, even if a duplicate lives") {
    const Kqueue kq;
    Pipe pipe;
    const Fd duplicate(dup(pipe.reader.fd));
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_WRITE, EV_ADD) == 0);
    const int number = pipe.reader.fd;
    pipe.reader.close();
    CHECK(kq.poll().empty());
    REQUIRE(dup2(duplicate.fd, number) == number);
    pipe.reader.fd = number;
    CHECK(kq.apply(number, EVFILT_READ, EV_DELETE) == ENOENT);
    CHECK(kq.apply(number, EVFILT_WRITE, EV_DELETE) == ENOENT);
}

TEST_CASE("closing a duplicate leaves the events of the original") {
    const Kqueue kq;
    const Pipe pipe;
    Fd duplicate(dup(pipe.reader.fd));
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    duplicate.close();
    pipe.writer.write("x");
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("replacing a descriptor deletes its events") {
    const Kqueue kq;
    const Pipe pipe;
    const Pipe other;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(dup2(other.reader.fd, pipe.reader.fd) == pipe.reader.fd);
    CHECK(kq.poll().empty());
    CHECK(kq.apply(pipe.reader.fd, EVFILT_READ, EV_DELETE) == ENOENT);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(dup3(other.reader.fd, pipe.reader.fd, O_CLOEXEC) == pipe.reader.fd);
    CHECK(kq.apply(pipe.reader.fd, EVFILT_READ, EV_DELETE) == ENOENT);
}

TEST_CASE("replacing a descriptor by itself, or in vain, keeps its events") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(dup2(pipe.reader.fd, pipe.reader.fd) == pipe.reader.fd);
    CHECK(dup2(-1, pipe.reader.fd) == -1);
    CHECK(dup3(pipe.reader.fd, pipe.reader.fd, 0) == -1);
    CHECK(dup3(pipe.writer.fd, pipe.reader.fd, -1) == -1);
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("a duplicate is watched on its own") {
    const Kqueue kq;
    Pipe pipe;
    const Fd duplicate(dup(pipe.reader.fd));
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(kq.apply(duplicate.fd, EVFILT_READ, EV_ADD) == 0);
    pipe.writer.write("x");
    CHECK(kq.poll().size() == 2);
    pipe.reader.close();
    CHECK(kq.poll().at(0).ident == static_cast<uintptr_t>(duplicate.fd));
}

TEST_CASE("closing a kqueue makes its number unknown and frees it") {
    Kqueue kq;
    const int number = kq.fd;
    kq.close();
    CHECK(kevent(number, nullptr, 0, nullptr, 0, nullptr) == -1);
    CHECK(errno == EBADF);
    CHECK(fcntl(number, F_GETFD) == -1);
}

TEST_CASE("a kqueue is not close-on-exec by itself, and opens no descriptor that stays") {
    int before = dup(0);
    close(before);
    {
        const Kqueue kq;
        CHECK(fcntl(kq.fd, F_GETFD) == 0);
    }
    const Fd after(dup(0));
    CHECK(after.fd == before);
}

TEST_CASE("a kqueue is not inherited: in a child its number is closed") {
    const Kqueue kq;
    const Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    CHECK(is_true_in_a_child([&] { return fcntl(kq.fd, F_GETFD) == -1; }));
    CHECK(is_true_in_a_child([&] { return kq.apply(0, EVFILT_USER, EV_ADD) == EBADF; }));
    CHECK(is_true_in_a_child([&] { return close(kq.fd) == -1 && close(pipe.reader.fd) == 0; }));
    pipe.writer.write("x");
    CHECK(kq.poll().size() == 1);
}

TEST_CASE("a child can have a kqueue of its own") {
    const Kqueue parents;
    const Pipe pipe;
    CHECK(is_true_in_a_child([&] {
        const Kqueue kq;
        pipe.writer.write("x");
        return kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0 && kq.wait().size() == 1;
    }));
    CHECK(parents.poll().empty());
}
