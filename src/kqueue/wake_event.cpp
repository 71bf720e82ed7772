// SPDX-License-Identifier: MIT
#include "kqueue/wake_event.hpp"

#include "kqueue/change_list.hpp"

namespace pollux::kqueue {

namespace {

// Not the number of a descriptor, which the stand-ins have as theirs.
constexpr Ident kUserIdent = UINTPTR_MAX;

}  // namespace

int WakeEvent::open(int queue) noexcept {
    ident_ = kUserIdent;
    filter_ = kUserFilter.filter;
    // NetBSD before 10 and OpenBSD before 7.8 do not have it, whatever the headers say that a
    // program was compiled with.
    if (kUserFilter.is_defined && register_in(queue) == 0 && works(queue)) return 0;
    is_pipe_ = true;
    const int rc = pipe_.open();
    if (rc < 0) return rc;
    ident_ = static_cast<Ident>(pipe_.fd());
    filter_ = static_cast<Filter>(EVFILT_READ);
    return register_in(queue);
}

// EV_CLEAR, so that a wake is reported once and needs no second call to take it back.
int WakeEvent::register_in(int queue) const noexcept {
    ChangeList changes;
    changes.push(make_change(ident_, filter_, EV_ADD | EV_CLEAR, 0, kWakeKey.generation()));
    const int rc = changes.submit(queue);
    return rc < 0 ? rc : -changes.error(0);
}

bool WakeEvent::works(int queue) const noexcept {
    if (signal(queue) < 0) return false;
    KernelEvent record{};
    const timespec no_wait{};
    const int received = call_kevent(queue, nullptr, 0, &record, 1, &no_wait);
    return received == 1 && takes(record);
}

int WakeEvent::signal(int queue) const noexcept {
    if (is_pipe_) {
        pipe_.signal();
        return 0;
    }
    const int saved = errno;
    // Without EV_ADD and without EV_CLEAR, which FreeBSD and OpenBSD take as the order to forget
    // the trigger (filt_usertouch() and filt_usermodify() in sys/kern/kern_event.c).
    const KernelEvent trigger = make_change(ident_, filter_, 0, kUserFilter.trigger, 0);
    const int rc = call_kevent(queue, &trigger, 1, nullptr, 0, nullptr);
    errno = saved;
    return rc == -EINTR ? 0 : rc;
}

bool WakeEvent::takes(const KernelEvent& record) const noexcept {
    if (record.ident != ident_ || record.filter != filter_) return false;
    if (is_pipe_) pipe_.drain();
    return true;
}

}  // namespace pollux::kqueue
