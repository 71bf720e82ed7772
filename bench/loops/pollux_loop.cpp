// SPDX-License-Identifier: MIT
#include "loops/pollux_loop.hpp"
#include "loops/more_works.hpp"
#include "support/process.hpp"
#include "work/memory.hpp"
#include "work/posts.hpp"
#include "work/timer_memory.hpp"
#include "work/timers.hpp"

#include <cstdlib>

namespace bench {

namespace {

class PolluxTimers {
public:
    static constexpr size_t kWatchBytes = sizeof(plx_handle);

    explicit PolluxTimers(size_t count) : handles_(allocate<plx_handle>(count)) {
        check_result(plx_loop_create(&loop_, nullptr), "plx_loop_create");
    }
    ~PolluxTimers() {
        plx_loop_destroy(loop_);
        std::free(handles_);
    }
    PolluxTimers(const PolluxTimers&) = delete;
    PolluxTimers& operator=(const PolluxTimers&) = delete;

    void update_now() { plx_loop_update_now(loop_); }
    void start(size_t i, int64_t delay_ns) {
        check_result(plx_timer_start(loop_, &handles_[i], delay_ns, 0, fire, &left_),
                     "plx_timer_start");
    }
    void restart(size_t i, int64_t delay_ns) {
        check_result(plx_timer_set(loop_, handles_[i], delay_ns, 0), "plx_timer_set");
    }
    void cancel(size_t i) { check_result(plx_close(loop_, handles_[i]), "plx_close"); }
    void fire_all(size_t count) {
        left_ = count;
        while (left_ != 0)
            check_result(plx_loop_run(loop_, PLX_RUN_ONCE), "plx_loop_run");
    }

private:
    static void fire(plx_loop*, plx_handle, void* user) { --*static_cast<size_t*>(user); }

    plx_loop* loop_ = nullptr;
    plx_handle* handles_;
    size_t left_ = 0;
};

}  // namespace

extern const Contender pollux_loop_contender = with_more_works<PolluxLoop<>>({
    .name = "pollux-loop",
    .chain = chain<PolluxLoop<>>,
    .memory = memory<PolluxLoop<>>,
    .timers = timers<PolluxTimers>,
    .ping = ping<PolluxLoop<>>,
    .posts = posts<PolluxLoop<>>,
    .timer_memory = timer_memory<PolluxTimers>,
    .version = plx_version_string,
});

}  // namespace bench
