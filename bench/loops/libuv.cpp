// SPDX-License-Identifier: MIT
#include "loops/libuv_support.hpp"
#include "loops/more_works.hpp"
#include "support/process.hpp"
#include "work/memory.hpp"
#include "work/posts.hpp"
#include "work/timer_memory.hpp"
#include "work/timers.hpp"

#include <uv.h>

#include <cstdlib>

namespace bench {

namespace {

class UvLoop {
public:
    // The handle is the loop's until an iteration after its close.
    struct Watch {
        uv_poll_t* poll;
    };

    UvLoop() { check_uv(uv_loop_init(&loop_), "uv_loop_init"); }
    ~UvLoop() { close_all(&loop_); }
    UvLoop(const UvLoop&) = delete;
    UvLoop& operator=(const UvLoop&) = delete;

    template <typename Handler>
    void add(int fd, Handler* handler) {
        init(fd, handler);
        start(handler, UV_READABLE, call<Handler>);
    }
    // Without one-shot events the callback stops it, and the handler starts it again.
    template <typename Handler>
    void add_once(int fd, Handler* handler) {
        init(fd, handler);
        rearm(fd, handler);
    }
    template <typename Handler>
    void rearm(int, Handler* handler) {
        start(handler, UV_READABLE, [](uv_poll_t* handle, int status, int events) {
            uv_poll_stop(handle);
            call<Handler>(handle, status, events);
        });
    }
    template <typename Handler>
    void set_writable(int, Handler* handler, bool on) {
        start(handler, on ? UV_READABLE | UV_WRITABLE : UV_READABLE, call<Handler>);
    }
    template <typename Handler>
    void remove(int, Handler* handler) {
        uv_close(reinterpret_cast<uv_handle_t*>(handler->watch.poll),
                 [](uv_handle_t* handle) { std::free(handle); });
    }

    template <typename Handler = void>
    void run() {
        uv_run(&loop_, UV_RUN_DEFAULT);
    }
    void stop() { uv_stop(&loop_); }

    template <typename Handler = void>
    void turn() {
        uv_run(&loop_, UV_RUN_NOWAIT);
    }
    template <typename Handler>
    void tick(int64_t period_ns, uint64_t count) {
        uv_timer_t timer;
        check_uv(uv_timer_init(&loop_, &timer), "uv_timer_init");
        timer.data = &count;
        const uv_timer_cb fire = [](uv_timer_t* handle) {
            if (--*static_cast<uint64_t*>(handle->data) == 0) uv_stop(handle->loop);
        };
        const auto period = static_cast<uint64_t>(period_ns) / 1'000'000;
        uv_timer_start(&timer, fire, period, period);
        run();
        uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
        turn();
    }

    template <typename Handler>
    void listen(Handler* handler) {
        const uv_async_cb ready = [](uv_async_t* handle) {
            static_cast<Handler*>(handle->data)->ready();
        };
        check_uv(uv_async_init(&loop_, &async_, ready), "uv_async_init");
        async_.data = handler;
    }
    template <typename Handler>
    void notify(Handler*) {
        uv_async_send(&async_);
    }

private:
    template <typename Handler>
    static void call(uv_poll_t* handle, int, int) {
        static_cast<Handler*>(handle->data)->ready();
    }
    template <typename Handler>
    void init(int fd, Handler* handler) {
        uv_poll_t* poll = allocate<uv_poll_t>(1);
        handler->watch.poll = poll;
        check_uv(uv_poll_init(&loop_, poll, fd), "uv_poll_init");
        poll->data = handler;
    }
    template <typename Handler>
    void start(Handler* handler, int events, uv_poll_cb callback) {
        check_uv(uv_poll_start(handler->watch.poll, events, callback), "uv_poll_start");
    }

    uv_loop_t loop_;
    uv_async_t async_;
};

class UvTimers {
public:
    static constexpr size_t kWatchBytes = sizeof(uv_timer_t);

    explicit UvTimers(size_t count) : timers_(allocate<uv_timer_t>(count)) {
        check_uv(uv_loop_init(&loop_), "uv_loop_init");
        loop_.data = &left_;
    }
    ~UvTimers() {
        close_all(&loop_);
        std::free(timers_);
    }
    UvTimers(const UvTimers&) = delete;
    UvTimers& operator=(const UvTimers&) = delete;

    void update_now() { uv_update_time(&loop_); }
    void start(size_t i, int64_t delay_ns) {
        // Once a handle's life.
        if (timers_[i].loop == nullptr) uv_timer_init(&loop_, &timers_[i]);
        uv_timer_start(&timers_[i], fire, milliseconds(delay_ns), 0);
    }
    void restart(size_t i, int64_t delay_ns) {
        uv_timer_start(&timers_[i], fire, milliseconds(delay_ns), 0);
    }
    void cancel(size_t i) { uv_timer_stop(&timers_[i]); }
    void fire_all(size_t count) {
        left_ = count;
        while (left_ != 0)
            uv_run(&loop_, UV_RUN_ONCE);
    }

private:
    static uint64_t milliseconds(int64_t ns) { return static_cast<uint64_t>(ns) / 1'000'000; }
    static void fire(uv_timer_t* timer) { --*static_cast<size_t*>(timer->loop->data); }

    uv_loop_t loop_;
    uv_timer_t* timers_;
    size_t left_ = 0;
};

}  // namespace

extern const Contender libuv_contender = with_more_works<UvLoop>({
    .name = "libuv",
    .chain = chain<UvLoop>,
    .memory = memory<UvLoop>,
    .timers = timers<UvTimers>,
    .ping = ping<UvLoop>,
    .posts = posts<Queued<UvLoop>>,
    .timer_memory = timer_memory<UvTimers>,
    .version = uv_version_string,
});

}  // namespace bench
