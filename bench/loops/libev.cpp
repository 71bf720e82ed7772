// SPDX-License-Identifier: MIT
#include "loops/libev_loop.hpp"
#include "loops/more_works.hpp"
#include "support/process.hpp"
#include "work/memory.hpp"
#include "work/posts.hpp"
#include "work/timer_memory.hpp"
#include "work/timers.hpp"

#include <ev.h>

#include <cstdio>
#include <cstdlib>

namespace bench {

namespace {

class EvTimers {
public:
    static constexpr size_t kWatchBytes = sizeof(ev_timer);

    explicit EvTimers(size_t count) : timers_(allocate<ev_timer>(count)) {
        ev_set_userdata(loop_, &left_);
    }
    ~EvTimers() {
        ev_loop_destroy(loop_);
        std::free(timers_);
    }
    EvTimers(const EvTimers&) = delete;
    EvTimers& operator=(const EvTimers&) = delete;

    void update_now() { ev_now_update(loop_); }
    void start(size_t i, int64_t delay_ns) {
        ev_timer_init(&timers_[i], fire, seconds(delay_ns), 0.);
        ev_timer_start(loop_, &timers_[i]);
    }
    // Its own way is by the period; then the callback has to stop it.
    void restart(size_t i, int64_t delay_ns) {
        timers_[i].repeat = seconds(delay_ns);
        ev_timer_again(loop_, &timers_[i]);
    }
    void cancel(size_t i) { ev_timer_stop(loop_, &timers_[i]); }
    void fire_all(size_t count) {
        left_ = count;
        while (left_ != 0)
            ev_run(loop_, EVRUN_ONCE);
    }

private:
    static double seconds(int64_t ns) { return static_cast<double>(ns) * 1e-9; }
    static void fire(struct ev_loop* loop, ev_timer*, int) {
        --*static_cast<size_t*>(ev_userdata(loop));
    }

    struct ev_loop* const loop_ = open_ev_loop(EVFLAG_AUTO);
    ev_timer* timers_;
    size_t left_ = 0;
};

const char* version() {
    static char text[16];
    std::snprintf(text, sizeof text, "%d.%d", ev_version_major(), ev_version_minor());
    return text;
}

}  // namespace

extern const Contender libev_contender = with_more_works<EvLoop<>>({
    .name = "libev",
    .chain = chain<EvLoop<>>,
    .memory = memory<EvLoop<>>,
    .timers = timers<EvTimers>,
    .ping = ping<EvLoop<>>,
    .posts = posts<Queued<EvLoop<>>>,
    .timer_memory = timer_memory<EvTimers>,
    .version = version,
});

}  // namespace bench
