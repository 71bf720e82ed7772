// SPDX-License-Identifier: MIT
// Asio without Boost. Its waits are for one event each; who watches on starts the next in the
// handler of the last. There is no change of interest.
#define ASIO_STANDALONE

#include "loops/more_works.hpp"
#include "support/doorbell.hpp"
#include "support/process.hpp"
#include "work/memory.hpp"
#include "work/posts.hpp"
#include "work/timer_memory.hpp"

#include <asio.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>

namespace bench {

namespace {

class AsioLoop {
public:
    struct Watch {
        std::optional<asio::posix::stream_descriptor> descriptor;
    };

    AsioLoop() = default;
    ~AsioLoop() {
        if (quiet_) quiet_->release();
    }
    AsioLoop(const AsioLoop&) = delete;
    AsioLoop& operator=(const AsioLoop&) = delete;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        handler->watch.descriptor.emplace(io_, fd);
        watch_on(handler);
    }
    template <typename Handler>
    void add_once(int fd, Handler* handler) {
        handler->watch.descriptor.emplace(io_, fd);
        rearm(fd, handler);
    }
    template <typename Handler>
    void rearm(int, Handler* handler) {
        wait_then(handler, [](Handler* ready) { ready->ready(); });
    }
    template <typename Handler>
    void remove(int, Handler* handler) {
        handler->watch.descriptor->release();
        handler->watch.descriptor.reset();
    }

    template <typename Handler = void>
    void run() {
        io_.restart();
        io_.run();
    }
    void stop() { io_.stop(); }

    template <typename Handler>
    void turn() {
        io_.restart();
        io_.poll();
    }
    template <typename Handler>
    void tick(int64_t period_ns, uint64_t count) {
        asio::steady_timer timer(io_);
        timer.expires_after(std::chrono::nanoseconds(period_ns));
        fire_in_turn(timer, std::chrono::nanoseconds(period_ns), count);
        run();
    }

    template <typename Handler>
    void listen(Handler*) {
        // With no descriptor to watch Asio waits on a condition variable, and is no event loop. The
        // wait for this one also keeps run() going.
        silent_.emplace();
        quiet_.emplace(io_, silent_->fd());
        quiet_->async_wait(asio::posix::stream_descriptor::wait_read, [](const auto&) {});
    }
    template <typename Handler>
    void post(Handler* handler) {
        asio::post(io_, [handler] { handler->ready(); });
    }
    template <typename Handler>
    void notify(Handler* handler) {
        post(handler);
    }

private:
    template <typename Handler, typename Then>
    void wait_then(Handler* handler, Then then) {
        handler->watch.descriptor->async_wait(asio::posix::stream_descriptor::wait_read,
                                              [handler, then](const asio::error_code& error) {
                                                  if (!error) then(handler);
                                              });
    }
    template <typename Handler>
    void watch_on(Handler* handler) {
        wait_then(handler, [this](Handler* ready) {
            ready->ready();
            watch_on(ready);
        });
    }
    void fire_in_turn(asio::steady_timer& timer, std::chrono::nanoseconds period, uint64_t left) {
        timer.async_wait([this, &timer, period, left](const asio::error_code&) {
            if (left == 1) {
                stop();
                return;
            }
            timer.expires_at(timer.expiry() + period);
            fire_in_turn(timer, period, left - 1);
        });
    }

    asio::io_context io_{1};  // one thread runs it
    std::optional<Doorbell> silent_;
    std::optional<asio::posix::stream_descriptor> quiet_;
};

class AsioTimers {
public:
    static constexpr size_t kWatchBytes = sizeof(asio::steady_timer);

    explicit AsioTimers(size_t count) : timers_(allocate<asio::steady_timer>(count)) {}
    ~AsioTimers() {
        std::destroy_n(timers_, made_);
        std::free(timers_);
    }
    AsioTimers(const AsioTimers&) = delete;
    AsioTimers& operator=(const AsioTimers&) = delete;

    // Delays count from the clock at each call.
    void update_now() {}
    void start(size_t i, int64_t delay_ns) {
        // Once a timer's life; they are first started in their order.
        if (i >= made_) new (&timers_[made_++]) asio::steady_timer(io_);
        set(i, delay_ns);
        ++waiting_;
    }
    // The handler of a wait that has ended so is called, too.
    void restart(size_t i, int64_t delay_ns) {
        if (set(i, delay_ns) == 0) ++waiting_;
        call_ended();
    }
    void cancel(size_t i) {
        waiting_ -= timers_[i].cancel();
        call_ended();
    }
    void fire_all(size_t) {
        io_.restart();
        while (waiting_ != 0)
            io_.run_one();
    }

private:
    // How many waits this has ended.
    size_t set(size_t i, int64_t delay_ns) {
        const size_t ended = timers_[i].expires_after(std::chrono::nanoseconds(delay_ns));
        timers_[i].async_wait([this](const asio::error_code& error) {
            if (!error) --waiting_;
        });
        return ended;
    }
    // As between the iterations of a loop with so many events in each.
    void call_ended() {
        if (++ended_ % 64 != 0) return;
        io_.restart();
        io_.poll();
    }

    asio::io_context io_{1};
    asio::steady_timer* timers_;
    size_t made_ = 0;
    size_t waiting_ = 0;
    size_t ended_ = 0;
};

const char* version() {
    static char text[32];
    std::snprintf(text, sizeof text, "%d.%d.%d", ASIO_VERSION / 100000, ASIO_VERSION / 100 % 1000,
                  ASIO_VERSION % 100);
    return text;
}

}  // namespace

extern const Contender asio_contender = with_more_works<AsioLoop>({
    .name = "asio",
    .chain = chain<AsioLoop>,
    .memory = memory<AsioLoop>,
    .timers = timers<AsioTimers>,
    .ping = ping<AsioLoop>,
    .posts = posts<AsioLoop>,
    .timer_memory = timer_memory<AsioTimers>,
    .version = version,
});

}  // namespace bench
