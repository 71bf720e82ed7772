// SPDX-License-Identifier: MIT
#include "contender.hpp"
#include "loops/libuv_support.hpp"
#include "support/process.hpp"
#include "work/accept.hpp"
#include "work/chain.hpp"
#include "work/echo.hpp"
#include "work/http.hpp"
#include "work/memory.hpp"
#include "work/posts.hpp"
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
        uv_poll_t* poll = allocate<uv_poll_t>(1);
        handler->watch.poll = poll;
        check_uv(uv_poll_init(&loop_, poll, fd), "uv_poll_init");
        poll->data = handler;
        const uv_poll_cb ready = [](uv_poll_t* handle, int, int) {
            static_cast<Handler*>(handle->data)->ready();
        };
        check_uv(uv_poll_start(poll, UV_READABLE, ready), "uv_poll_start");
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
    uv_loop_t loop_;
    uv_async_t async_;
};

class UvTimers {
public:
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

extern const Contender libuv_contender = {
    .name = "libuv",
    .chain = chain<UvLoop>,
    .memory = memory<UvLoop>,
    .echo = echo<UvLoop>,
    .http = http<UvLoop>,
    .accept = accept_all<UvLoop>,
    .timers = timers<UvTimers>,
    .ping = ping<UvLoop>,
    .posts = posts<Queued<UvLoop>>,
};

}  // namespace bench
