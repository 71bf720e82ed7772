// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "support/catch.hpp"

#include <signal.h>
#include <sys/wait.h>

using namespace kqueue_test;

namespace {

// A child that ends with `code` as soon as its pipe is closed.
struct Child {
    explicit Child(int code) {
        pid = fork();
        if (pid != 0) return;
        pipe.writer.close();
        pipe.reader.read(1);
        _exit(code);
    }
    ~Child() {
        pipe.writer.close();
        reap();
    }
    void end() { pipe.writer.close(); }
    int reap() {
        int status = 0;
        if (pid > 0) waitpid(pid, &status, 0);
        pid = -1;
        return status;
    }
    Pipe pipe;
    pid_t pid = -1;
};

}  // namespace

TEST_CASE("the end of a process is reported with its status, once") {
    const Kqueue kq;
    Child child(7);
    REQUIRE(kq.apply(child.pid, EVFILT_PROC, EV_ADD, NOTE_EXIT) == 0);
    CHECK(kq.poll().empty());
    child.end();
    const Events events = kq.wait();
    REQUIRE(events.size() == 1);
    CHECK(events[0].ident == static_cast<uintptr_t>(child.pid));
    CHECK(events[0].filter == EVFILT_PROC);
    CHECK(events[0].fflags == NOTE_EXIT);
    CHECK((events[0].flags & EV_EOF) != 0);
    CHECK(kq.poll().empty());
    CHECK(kq.apply(child.pid, EVFILT_PROC, EV_DELETE) == ENOENT);
    CHECK(events[0].data == child.reap());
}

TEST_CASE("the status of a killed process is as wait gives it") {
    const Kqueue kq;
    Child child(0);
    REQUIRE(kq.apply(child.pid, EVFILT_PROC, EV_ADD, NOTE_EXIT) == 0);
    kill(child.pid, SIGKILL);
    const Events events = kq.wait();
    REQUIRE(events.size() == 1);
    CHECK(events[0].data == SIGKILL);
    CHECK(events[0].data == child.reap());
}

TEST_CASE("a process that ended before it was added, but was not reaped, is reported") {
    const Kqueue kq;
    Child child(3);
    child.end();
    siginfo_t info;
    REQUIRE(waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOWAIT) == 0);
    REQUIRE(kq.apply(child.pid, EVFILT_PROC, EV_ADD, NOTE_EXIT) == 0);
    CHECK(kq.poll().at(0).data == 3 << 8);
}

TEST_CASE("a process that does not exist is ESRCH") {
    const Kqueue kq;
    Child child(0);
    const pid_t pid = child.pid;
    child.end();
    child.reap();
    CHECK(kq.apply(pid, EVFILT_PROC, EV_ADD, NOTE_EXIT) == ESRCH);
    CHECK(kq.apply(0, EVFILT_PROC, EV_ADD, NOTE_EXIT) == ESRCH);
    CHECK(kq.apply(pid, EVFILT_PROC, EV_DELETE) == ENOENT);
}

TEST_CASE("a process that is no longer watched is not reported") {
    const Kqueue kq;
    Child child(0);
    REQUIRE(kq.apply(child.pid, EVFILT_PROC, EV_ADD, NOTE_EXIT) == 0);
    REQUIRE(kq.apply(child.pid, EVFILT_PROC, EV_DELETE) == 0);
    child.end();
    child.reap();
    CHECK(kq.poll().empty());
}
