// SPDX-License-Identifier: MIT
// io_uring by hand, as a poller: a multishot poll for each descriptor, which the kernel reports at
// each wake-up of the file (as EPOLLET does), and polls for one event that are armed again. Changes
// are queued and go to the kernel with the next wait.
#include "loops/contender_of.hpp"
#include "loops/ring.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <bit>
#include <cerrno>

namespace bench {

namespace {

// With `kOnce` the kernel may put off its part until the next wait: what is ready when a poll is
// armed is seen. A multishot poll would not see what came twice meanwhile.
template <bool kOnce>
class IoUringLoop {
public:
    struct Watch {};
    static constexpr bool kIsEdge = !kOnce;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        arm(fd, handler, IORING_POLL_ADD_MULTI, POLLIN);
    }
    template <typename Handler>
    void add_exclusive(int fd, Handler* handler) {
        arm(fd, handler, IORING_POLL_ADD_MULTI, POLLIN | EPOLLEXCLUSIVE);
    }
    template <typename Handler>
    requires(kOnce) void add_once(int fd, Handler* handler) { rearm(fd, handler); }
    template <typename Handler>
    void rearm(int fd, Handler* handler) {
        arm(fd, handler, 0, POLLIN);
    }
    template <typename Handler>
    void set_writable(int, Handler* handler, bool on) {
        change(handler, IORING_POLL_UPDATE_EVENTS | IORING_POLL_ADD_MULTI,
               on ? POLLIN | POLLOUT : POLLIN);
    }
    template <typename Handler>
    void remove(int, Handler* handler) {
        change(handler, 0, 0);
    }

    template <typename Handler>
    void run() {
        stopped_ = false;
        while (!stopped_) {
            ring_.submit_and_wait();
            serve<Handler>();
        }
    }
    void stop() { stopped_ = true; }

    template <typename Handler>
    void turn() {
        ring_.submit();
        serve<Handler>();
    }
    template <typename Handler>
    void tick(int64_t period_ns, uint64_t count) {
        tick_by_timeout(period_ns, count, [this](int64_t left) {
            ring_.submit_and_wait(left);
            serve<Handler>();
        });
    }

private:
    void arm(int fd, void* handler, uint32_t flags, uint32_t events) {
        io_uring_sqe& entry = ring_.next_submission();
        entry.opcode = IORING_OP_POLL_ADD;
        entry.fd = fd;
        entry.len = flags;
        set_events(entry, events);
        entry.user_data = reinterpret_cast<uintptr_t>(handler);
    }
    void change(void* handler, uint32_t flags, uint32_t events) {
        io_uring_sqe& entry = ring_.next_submission();
        entry.opcode = IORING_OP_POLL_REMOVE;
        entry.flags = IOSQE_CQE_SKIP_SUCCESS;
        entry.fd = -1;
        entry.addr = reinterpret_cast<uintptr_t>(handler);
        entry.len = flags;
        set_events(entry, events);
    }
    // The halves are the other way round on a big-endian machine.
    static void set_events(io_uring_sqe& entry, uint32_t events) {
        entry.poll32_events =
            std::endian::native == std::endian::little ? events : std::rotl(events, 16);
    }

    // A poll that is removed or cancelled reports that with a negative result.
    template <typename Handler>
    void serve() {
        ring_.take_completions([](const io_uring_cqe& completion) {
            if (completion.res > 0) {
                const bool goes_on = (completion.flags & IORING_CQE_F_MORE) != 0;
                if (!kOnce && !goes_on) fail_with(-EOVERFLOW, "io_uring");
                reinterpret_cast<Handler*>(static_cast<uintptr_t>(completion.user_data))->ready();
            } else if (completion.res != -ECANCELED) {
                fail_with(completion.res, "io_uring");
            }
        });
    }

    Ring ring_{kOnce ? Ring::kPutsOff : Ring::kAtOnce};
    bool stopped_ = false;
};

constexpr Contender contender() {
    Contender self = contender_of<IoUringLoop<false>>("io_uring");
    self.one_shot = one_shot<IoUringLoop<true>>;
    self.refusal = Ring::refusal;
    return self;
}

}  // namespace

extern const Contender io_uring_contender = contender();

}  // namespace bench
