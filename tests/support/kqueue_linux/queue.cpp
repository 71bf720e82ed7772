// SPDX-License-Identifier: MIT
#include "queue.hpp"

#include "failures.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <iterator>

namespace kqueue_linux {

namespace {

constexpr unsigned short kModes = EV_ONESHOT | EV_CLEAR | EV_RECEIPT | EV_DISPATCH;

// epoll's user data: the filter in the upper half, the ident in the lower one.
constexpr uint64_t tag_of(short filter, uintptr_t ident) noexcept {
    return uint64_t{static_cast<uint16_t>(filter)} << 32 | static_cast<uint32_t>(ident);
}
constexpr uint64_t kReadyTag = tag_of(1, 0);
constexpr uint64_t kWriteSetTag = tag_of(1, 1);
constexpr uint64_t kExceptSetTag = tag_of(1, 2);

constexpr uint32_t epoll_events_of(short filter) noexcept {
    switch (filter) {
        case EVFILT_WRITE:
            return EPOLLOUT | EPOLLET;
        case EVFILT_EXCEPT:
            return EPOLLPRI | EPOLLET;
        default:
            return EPOLLIN | EPOLLRDHUP | EPOLLET;
    }
}

bool add_to_set(int set, int fd, uint32_t events, uint64_t tag) noexcept {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

// Also called for a queue that is half made: the caller closes it.
int Queue::create() noexcept {
    // Not close-on-exec, as kqueue(2) is not; the helpers are.
    fd_ = epoll_create1(0);
    if (fd_ < 0) return errno;
    write_set_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    if (!write_set_) return errno;
    except_set_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    if (!except_set_) return errno;
    ready_eventfd_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!ready_eventfd_) return errno;
    const bool complete = add_to_set(fd_, write_set_.get(), EPOLLIN, kWriteSetTag) &&
                          add_to_set(fd_, except_set_.get(), EPOLLIN, kExceptSetTag) &&
                          add_to_set(fd_, ready_eventfd_.get(), EPOLLIN, kReadyTag);
    return complete ? 0 : errno;
}

// All but the number, which the caller closes.
void Queue::close() noexcept {
    knotes_.clear();
    idle_.clear();
    ready_.clear();
    write_set_.reset();
    except_set_.reset();
    ready_eventfd_.reset();
    fd_ = -1;
}

int Queue::apply(const struct kevent& change) {
    if (!is_known_filter(change.filter)) return EINVAL;
    if (is_file_filter(change.filter)) {
        // The kernel looks at the descriptor first, whatever the change is.
        if (change.ident > INT_MAX) return EBADF;
        if (fcntl(static_cast<int>(change.ident), F_GETFD) < 0) return EBADF;
    }
    const auto found = knotes_.find({change.filter, change.ident});
    if (found != knotes_.end()) return modify(found->second, change);
    if ((change.flags & EV_ADD) == 0) return ENOENT;
    Knotes::iterator knote;
    const int error = add(change, &knote);
    if (error == 0) evaluate(knote, change.flags);
    return error;
}

int Queue::modify(Knotes::iterator knote, const struct kevent& change) noexcept {
    if ((change.flags & EV_DELETE) != 0) {
        drop(knote);
        show_whether_ready();
        return 0;
    }
    const int error = (change.flags & EV_ADD) != 0 ? injected_failure(change.filter) : 0;
    if (error != 0) return error;
    knote->udata = change.udata;
    if (change.filter == EVFILT_USER) {
        touch_user_event(*knote, change);
    } else {
        knote->wanted = change.fflags;
        knote->parameter = change.data;
    }
    evaluate(knote, change.flags);
    return 0;
}

void Queue::evaluate(Knotes::iterator knote, unsigned short flags) noexcept {
    enable(knote, flags);
    if (look(*knote).holds) activate(knote);
    show_whether_ready();
}

int Queue::add(const struct kevent& change, Knotes::iterator* out) {
    int error = injected_failure(change.filter);
    if (error != 0) return error;
    Knote knote;
    knote.ident = change.ident;
    knote.filter = change.filter;
    knote.flags = change.flags & kModes;
    knote.wanted = change.fflags;
    knote.parameter = change.data;
    knote.udata = change.udata;
    error = attach(knote);
    if (error != 0) return error;
    idle_.push_back(std::move(knote));
    *out = std::prev(idle_.end());
    try {
        knotes_.emplace(Key{change.filter, change.ident}, *out);
    } catch (...) {
        idle_.erase(*out);
        throw;
    }
    error = watch(**out);
    if (error != 0) {
        knotes_.erase({change.filter, change.ident});
        idle_.erase(*out);
        return error;
    }
    if ((*out)->notice == Notice::kNone) ++vnodes_;
    return 0;
}

int Queue::set_of(short filter) const noexcept {
    if (filter == EVFILT_WRITE) return write_set_.get();
    return filter == EVFILT_EXCEPT ? except_set_.get() : fd_;
}

int Queue::watch(const Knote& knote) noexcept {
    if (knote.filter == EVFILT_USER || knote.notice == Notice::kNone) return 0;
    const int fd = knote.process ? knote.process.get() : static_cast<int>(knote.ident);
    // EVFILT_WRITE and a kqueue: as the kernel, which knows only EVFILT_READ for one.
    if (knote.filter == EVFILT_WRITE && find(fd) != nullptr) return EINVAL;
    const uint64_t tag = tag_of(knote.filter, knote.ident);
    if (add_to_set(set_of(knote.filter), fd, epoll_events_of(knote.filter), tag)) return 0;
    // Devices without events (EPERM), a kqueue in itself (EINVAL, ELOOP).
    return errno == ENOMEM || errno == ENOSPC ? ENOMEM : EINVAL;
}

void Queue::unwatch(const Knote& knote) noexcept {
    if (knote.filter == EVFILT_USER || knote.notice == Notice::kNone) return;
    const int fd = knote.process ? knote.process.get() : static_cast<int>(knote.ident);
    epoll_ctl(set_of(knote.filter), EPOLL_CTL_DEL, fd, nullptr);
}

void Queue::drop(Knotes::iterator knote) noexcept {
    unwatch(*knote);
    if (knote->notice == Notice::kNone) --vnodes_;
    knotes_.erase({knote->filter, knote->ident});
    (knote->queued ? ready_ : idle_).erase(knote);
}

void Queue::forget(int fd) noexcept {
    constexpr short kFileFilters[] = {EVFILT_READ, EVFILT_WRITE, EVFILT_EXCEPT};
    for (const short filter : kFileFilters) {
        const auto found = knotes_.find({filter, static_cast<uintptr_t>(fd)});
        if (found != knotes_.end()) drop(found->second);
    }
    show_whether_ready();
}

// As the kernels do (the manual page promises more): EV_ADD alone does not enable again.
void Queue::enable(Knotes::iterator knote, unsigned short flags) noexcept {
    if ((flags & EV_DISABLE) != 0) {
        knote->disabled = true;
        dequeue(knote);
    } else if ((flags & EV_ENABLE) != 0) {
        knote->disabled = false;
        if (knote->active) enqueue(knote);
    }
}

void Queue::activate(Knotes::iterator knote) noexcept {
    knote->active = true;
    if (!knote->disabled) enqueue(knote);
}

void Queue::enqueue(Knotes::iterator knote) noexcept {
    if (knote->queued) return;
    knote->queued = true;
    ready_.splice(ready_.end(), idle_, knote);
}

void Queue::dequeue(Knotes::iterator knote) noexcept {
    if (!knote->queued) return;
    knote->queued = false;
    idle_.splice(idle_.end(), ready_, knote);
}

void Queue::show_whether_ready() noexcept {
    if (shows_ready_ != ready_.empty()) return;
    shows_ready_ = !shows_ready_;
    eventfd_t value = 1;
    if (shows_ready_) {
        eventfd_write(ready_eventfd_.get(), value);
    } else {
        eventfd_read(ready_eventfd_.get(), &value);
    }
}

int Queue::collect(struct kevent* events, int room) noexcept {
    gather(fd_);
    if (vnodes_ != 0) gather_vnodes();
    int count = 0;
    // Each knote once: one that stays ready goes to the end of the list.
    for (size_t left = ready_.size(); left > 0 && count < room; --left) {
        if (retrieve(ready_.begin(), &events[count])) ++count;
    }
    show_whether_ready();
    return count;
}

// Takes the edges out of an epoll set.
void Queue::gather(int set) noexcept {
    constexpr int kBatch = 64;
    epoll_event batch[kBatch];
    int count = kBatch;
    while (count == kBatch) {
        count = epoll_wait(set, batch, kBatch, 0);
        for (int i = 0; i < count; ++i) {
            const uint64_t tag = batch[i].data.u64;
            if (tag == kReadyTag) continue;
            if (tag == kWriteSetTag || tag == kExceptSetTag) {
                gather(tag == kWriteSetTag ? write_set_.get() : except_set_.get());
                continue;
            }
            const auto filter = static_cast<short>(static_cast<uint16_t>(tag >> 32));
            const auto found = knotes_.find({filter, static_cast<uint32_t>(tag)});
            if (found != knotes_.end()) activate(found->second);
        }
    }
}

void Queue::gather_vnodes() noexcept {
    for (auto next = idle_.begin(); next != idle_.end();) {
        const auto knote = next++;
        const bool edge = (knote->flags & EV_CLEAR) != 0;
        if (knote->notice == Notice::kNone && !edge && look(*knote).holds) activate(knote);
    }
}

// False, and no longer ready, if the filter finds nothing.
bool Queue::retrieve(Knotes::iterator knote, struct kevent* event) noexcept {
    const Condition now = look(*knote);
    if (!now.holds) {
        knote->active = false;
        dequeue(knote);
        return false;
    }
    const bool ended = knote->filter == EVFILT_PROC;
    if (ended && now.fflags == 0) {
        drop(knote);
        return false;
    }
    if (ended) knote->flags |= EV_ONESHOT;
    *event = {};
    event->ident = knote->ident;
    event->filter = knote->filter;
    event->flags = static_cast<unsigned short>(knote->flags | (now.eof ? EV_EOF : 0));
    event->fflags = now.fflags;
    event->data = now.data;
    event->udata = knote->udata;
    after_report(knote);
    return true;
}

void Queue::after_report(Knotes::iterator knote) noexcept {
    if ((knote->flags & EV_ONESHOT) != 0) {
        drop(knote);
        return;
    }
    if ((knote->flags & (EV_CLEAR | EV_DISPATCH)) == 0) {
        ready_.splice(ready_.end(), ready_, knote);
        return;
    }
    if ((knote->flags & EV_CLEAR) != 0) knote->triggered = false;
    if ((knote->flags & EV_DISPATCH) != 0) knote->disabled = true;
    knote->active = false;
    dequeue(knote);
}

}  // namespace kqueue_linux
