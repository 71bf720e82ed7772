// SPDX-License-Identifier: MIT
// One kqueue. Everything here is called with Giant held.
//
// The descriptor of a kqueue is an epoll set, so that it can be polled and nested. The set holds
// the descriptors of EVFILT_READ, the pidfds of EVFILT_PROC, one epoll set for each of the other
// two file filters (epoll takes a descriptor only once), and an eventfd that is readable as long
// as the list of ready knotes is not empty. All registrations are edge-triggered: epoll only says
// when to look, and what is reported is what the filter finds when it looks.
#pragma once

#include "filters.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <utility>

namespace kqueue_linux {

class Queue {
public:
    // A descriptor, or a negated errno.
    static int open();
    // Null if `fd` is not a kqueue of this process.
    static std::shared_ptr<Queue> find(int fd) noexcept;
    static bool any() noexcept;
    // What the kernel does when a number is closed: the knotes on it go, on every kqueue, and so
    // does a kqueue of that number (but the number itself stays open).
    static void descriptor_closes(int fd) noexcept;
    // In a child process: a kqueue is not inherited, its number is free there.
    static void close_all() noexcept;

    int fd() const noexcept { return fd_; }
    bool is_closed() const noexcept { return fd_ < 0; }

    // 0 or an errno.
    int apply(const struct kevent& change);

    // Fills in at most `room` events and returns how many.
    int collect(struct kevent* events, int room) noexcept;

private:
    using Key = std::pair<short, uintptr_t>;
    using Knotes = std::list<Knote>;

    Queue() = default;
    int create() noexcept;
    void close() noexcept;

    int add(const struct kevent& change, Knotes::iterator* out);
    int modify(Knotes::iterator knote, const struct kevent& change) noexcept;
    void evaluate(Knotes::iterator knote, unsigned short flags) noexcept;
    int watch(const Knote& knote) noexcept;
    void unwatch(const Knote& knote) noexcept;
    int set_of(short filter) const noexcept;
    void drop(Knotes::iterator knote) noexcept;
    void forget(int fd) noexcept;

    void enable(Knotes::iterator knote, unsigned short flags) noexcept;
    void activate(Knotes::iterator knote) noexcept;
    void enqueue(Knotes::iterator knote) noexcept;
    void dequeue(Knotes::iterator knote) noexcept;
    void show_whether_ready() noexcept;

    void gather(int set) noexcept;
    void gather_vnodes() noexcept;
    bool retrieve(Knotes::iterator knote, struct kevent* event) noexcept;
    void after_report(Knotes::iterator knote) noexcept;

    int fd_ = -1;
    UniqueFd write_set_;
    UniqueFd except_set_;
    UniqueFd ready_eventfd_;
    bool shows_ready_ = false;

    Knotes idle_;
    Knotes ready_;
    std::map<Key, Knotes::iterator> knotes_;
    size_t vnodes_ = 0;
};

}  // namespace kqueue_linux
