// SPDX-License-Identifier: MIT
#include "fixture.hpp"
#include "support/catch.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

using namespace kqueue_test;
using namespace std::chrono_literals;

namespace {

bool is_readable(int fd) {
    pollfd poller{fd, POLLIN, 0};
    return poll(&poller, 1, 0) == 1;
}

int wait_with(const Kqueue& kq, time_t seconds, long nanoseconds) {
    struct kevent event;
    const timespec timeout{seconds, nanoseconds};
    return kevent(kq.fd, nullptr, 0, &event, 1, &timeout) < 0 ? errno : 0;
}

// Calls handle() in the thread that runs it, whenever it gets SIGUSR1.
template <void (*handle)()>
struct SignalHandler {
    SignalHandler() {
        struct sigaction action {};
        action.sa_handler = [](int) { handle(); };
        sigaction(SIGUSR1, &action, &before);
    }
    ~SignalHandler() { sigaction(SIGUSR1, &before, nullptr); }
    struct sigaction before;
};

int queue_of_handler = -1;

void trigger_user_event() {
    const int before = errno;
    const struct kevent change = change_of(1, EVFILT_USER, 0, NOTE_TRIGGER);
    kevent(queue_of_handler, &change, 1, nullptr, 0, nullptr);
    errno = before;
}

void do_nothing() {}

}  // namespace

TEST_CASE("a zero timeout polls") {
    const Kqueue kq;
    CHECK(kq.poll().empty());
}

TEST_CASE("a timeout is waited for, and never cut short") {
    const Kqueue kq;
    const auto start = std::chrono::steady_clock::now();
    CHECK(kq.poll(1, 20).empty());
    CHECK(std::chrono::steady_clock::now() - start >= 20ms);
}

TEST_CASE("a timeout that is no time is EINVAL, after the changes were applied") {
    const Kqueue kq;
    CHECK(wait_with(kq, 0, 1'000'000'000) == EINVAL);
    CHECK(wait_with(kq, 0, -1) == EINVAL);
    CHECK(wait_with(kq, -1, 0) == EINVAL);
    CHECK(wait_with(kq, 0, 999) == 0);
}

TEST_CASE("a call without room for events returns at once, whatever its timeout is") {
    const Kqueue kq;
    CHECK(kevent(kq.fd, nullptr, 0, nullptr, 0, nullptr) == 0);
    const timespec nonsense{-1, -1};
    CHECK(kevent(kq.fd, nullptr, 0, nullptr, 0, &nonsense) == 0);
}

TEST_CASE("a change by another thread takes effect on a wait in progress") {
    const Kqueue kq;
    const Pipe pipe;
    pipe.writer.write("x");
    std::thread changer([&] {
        std::this_thread::sleep_for(10ms);
        kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD);
    });
    CHECK(kq.wait().size() == 1);
    changer.join();
}

TEST_CASE("a trigger by another thread ends a wait") {
    const Kqueue kq;
    REQUIRE(kq.apply(1, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
    std::thread trigger([&] {
        std::this_thread::sleep_for(10ms);
        kq.apply(1, EVFILT_USER, 0, NOTE_TRIGGER);
    });
    CHECK(kq.wait().size() == 1);
    trigger.join();
}

TEST_CASE("of several waiting threads one gets a one-shot event") {
    const Kqueue kq;
    std::atomic<int> received = 0;
    const auto work = [&] {
        // Until the event that ends them all, which stays.
        for (bool going = true; going;) {
            for (const struct kevent& event : kq.wait(1)) {
                if (event.ident == 2) going = false;
                if (event.ident == 1) received.fetch_add(1);
            }
        }
    };
    REQUIRE(kq.apply(2, EVFILT_USER, EV_ADD) == 0);
    std::thread threads[] = {std::thread(work), std::thread(work), std::thread(work)};
    constexpr int kRounds = 200;
    for (int round = 1; round <= kRounds; ++round) {
        kq.apply(1, EVFILT_USER, EV_ADD | EV_ONESHOT);
        kq.apply(1, EVFILT_USER, 0, NOTE_TRIGGER);
        while (received.load() < round)
            std::this_thread::yield();
    }
    kq.apply(2, EVFILT_USER, 0, NOTE_TRIGGER);
    for (std::thread& thread : threads)
        thread.join();
    CHECK(received.load() == kRounds);
}

TEST_CASE("a signal ends a wait with EINTR, and the changes have been applied") {
    const SignalHandler<do_nothing> handler;
    const Kqueue kq;
    const pthread_t waiter = pthread_self();
    std::atomic<bool> done = false;
    std::thread sender([&] {
        while (!done.load()) {
            std::this_thread::sleep_for(5ms);
            pthread_kill(waiter, SIGUSR1);
        }
    });
    const struct kevent change = change_of(1, EVFILT_USER, EV_ADD | EV_CLEAR);
    struct kevent event;
    const int rc = kevent(kq.fd, &change, 1, &event, 1, nullptr);
    const int error = errno;
    done.store(true);
    sender.join();
    CHECK(rc == -1);
    CHECK(error == EINTR);
    CHECK(kq.apply(1, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
}

TEST_CASE("a signal handler may trigger an event at any moment") {
    const SignalHandler<trigger_user_event> handler;
    const Kqueue kq;
    const Pipe pipe;
    queue_of_handler = kq.fd;
    REQUIRE(kq.apply(1, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
    const pthread_t worker = pthread_self();
    std::atomic<bool> done = false;
    std::thread sender([&] {
        while (!done.load())
            pthread_kill(worker, SIGUSR1);
    });
    size_t triggers = 0;
    for (int round = 0; round < 500 || triggers == 0; ++round) {
        kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD);
        triggers += kq.poll().size();
        kq.apply(pipe.reader.fd, EVFILT_READ, EV_DELETE);
    }
    done.store(true);
    sender.join();
    CHECK(triggers > 0);
}

TEST_CASE("a kqueue can be polled: it is readable while it has events") {
    const Kqueue kq;
    const Pipe pipe;
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD) == 0);
    REQUIRE(kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ADD | EV_DISABLE) == 0);
    REQUIRE(kq.apply(1, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
    kq.poll();
    CHECK_FALSE(is_readable(kq.fd));
    pipe.writer.write("x");
    CHECK(is_readable(kq.fd));
    CHECK(kq.poll().size() == 1);
    pipe.reader.read(1);
    CHECK(kq.poll().empty());
    CHECK_FALSE(is_readable(kq.fd));
    kq.apply(1, EVFILT_USER, 0, NOTE_TRIGGER);
    CHECK(is_readable(kq.fd));
    CHECK(kq.poll().size() == 1);
    CHECK_FALSE(is_readable(kq.fd));
    kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ENABLE);
    CHECK(is_readable(kq.fd));
}

TEST_CASE("a kqueue can be watched by epoll") {
    const Kqueue kq;
    const Pipe pipe;
    const Fd set(epoll_create1(EPOLL_CLOEXEC));
    epoll_event event{};
    event.events = EPOLLIN;
    REQUIRE(epoll_ctl(set.fd, EPOLL_CTL_ADD, kq.fd, &event) == 0);
    REQUIRE(kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
    CHECK(epoll_wait(set.fd, &event, 1, 0) == 0);
    pipe.writer.write("x");
    CHECK(epoll_wait(set.fd, &event, 1, -1) == 1);
    CHECK(kq.poll().size() == 1);
    CHECK(epoll_wait(set.fd, &event, 1, 0) == 0);
}

TEST_CASE("thousands of events fit") {
    const Kqueue kq;
    constexpr int kCount = 2000;
    for (int i = 0; i < kCount; ++i) {
        REQUIRE(kq.apply(i, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
        REQUIRE(kq.apply(i, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
    }
    CHECK(kq.poll(kCount).size() == kCount);
    CHECK(kq.poll().empty());
}

TEST_CASE("registering, closing and waiting may go on in several threads") {
    const Kqueue kq;
    std::atomic<bool> done = false;
    std::thread waiter([&] {
        while (!done.load())
            kq.poll(4, 1);
    });
    const auto churn = [&] {
        for (int i = 0; i < 300; ++i) {
            Pipe pipe;
            kq.apply(pipe.reader.fd, EVFILT_READ, EV_ADD | EV_CLEAR);
            kq.apply(pipe.writer.fd, EVFILT_WRITE, EV_ADD | EV_ONESHOT);
            pipe.writer.write("x");
        }
    };
    std::thread one(churn);
    std::thread two(churn);
    one.join();
    two.join();
    done.store(true);
    waiter.join();
    CHECK(kq.poll().empty());
}
