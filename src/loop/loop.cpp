// SPDX-License-Identifier: MIT
// Life cycle and iterations.
#include "loop/loop.hpp"

#include "core/clock.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace pollux {

namespace {

constexpr uint32_t kDefaultWorkThreads = 4;
constexpr uint32_t kMostWorkThreads = 1024;
constexpr uint32_t kDefaultEvents = 1024;
constexpr uint32_t kMostEvents = 65536;
constexpr uint32_t kFirstEvents = 64;

const char* const kKindNames[] = {"none", "io", "timer", "signal", "child", "work", "post"};

}  // namespace

[[gnu::cold]] int Loop::create(Loop** out, const plx_loop_options& options) noexcept {
    if ((options.flags & ~PLX_LOOP_TIME_CALLBACKS) != 0 || options.reserved != 0) return -EINVAL;
    if (options.work_threads > kMostWorkThreads) return -EINVAL;
    if (options.events_per_wait > kMostEvents) return -EINVAL;
    plx_poller_options for_poller = PLX_POLLER_OPTIONS_INIT;
    for_poller.backend = options.backend;
    for_poller.required_capabilities = options.required_capabilities;

    auto* loop = new Loop(monotonic_now());
    if (loop == nullptr) return -ENOMEM;
    const uint32_t events = options.events_per_wait == 0 ? kDefaultEvents : options.events_per_wait;
    const uint32_t threads = options.work_threads == 0 ? kDefaultWorkThreads : options.work_threads;
    int rc = loop->events_.reserve(std::min(events, kFirstEvents)) ? 0 : -ENOMEM;
    if (rc == 0) rc = Poller::create(&loop->poller_, for_poller);
    if (rc == 0) rc = loop->posts_.open();
    if (rc == 0) rc = loop->work_.configure(&loop->doorbell(), threads);
    if (rc < 0) {
        delete loop;
        return rc;
    }
    loop->events_.resize_within_capacity(std::min(events, kFirstEvents));
    loop->most_events_ = events;
    loop->doorbell().set_poller(loop->poller_);
    loop->signals_.set_doorbell(&loop->doorbell());
    loop->times_callbacks_ = (options.flags & PLX_LOOP_TIME_CALLBACKS) != 0;
    loop->measure_if_wanted();
    *out = loop;
    return 0;
}

void Loop::destroy(Loop* loop) noexcept {
    if (loop == nullptr) return;
    if (loop->is_running_.load(std::memory_order_relaxed)) {
        loop->marks_ |= kDestroyed;
    } else {
        delete loop;
    }
}

[[gnu::cold]] Loop::~Loop() {
    work_.shut_down();
    handles_.for_each([&](plx_handle handle, Slot& slot) { release(handle, slot); });
    WorkPool::drop(unrun_work_);
    delete poller_;
}

int64_t Loop::update_now() const noexcept {
    now_ = monotonic_now();
    is_now_known_ = true;
    return now_;
}

int Loop::stop() noexcept {
    is_stopping_.store(true, std::memory_order_release);
    return doorbell().ring();
}

bool Loop::is_alive() const noexcept {
    return handles_.alive() != 0 || !posts_.is_empty();
}

int Loop::run(uint32_t mode) noexcept {
    if (mode > PLX_RUN_NOWAIT) return -EINVAL;
    if (poller_->is_foreign()) return -EINVAL;
    if (is_running_.exchange(true, std::memory_order_acquire)) return -EBUSY;
    stamp_ = stamp();
    // What is alive is asked once: a post that comes after the answer is one after the run.
    bool alive = is_alive();
    bool goes_on = mode != PLX_RUN_DEFAULT || alive;
    int rc = 0;
    while (goes_on) {
        rc = iterate(mode);
        alive = is_alive();
        const bool is_stopping = is_stopping_.load(std::memory_order_relaxed);
        goes_on = mode == PLX_RUN_DEFAULT && rc == 0 && alive && !is_stopping;
    }
    is_stopping_.store(false, std::memory_order_relaxed);
    hear_rings();
    stats_.busy_ns += take_stamp();
    const int result = rc < 0 ? rc : int{alive};
    is_running_.store(false, std::memory_order_release);
    if (is_destroyed()) delete this;
    return result;
}

// One iteration in the order that the header promises. 0 or a negated errno; -ECANCELED once a
// callback has destroyed the loop.
int Loop::iterate(uint32_t mode) noexcept {
    if (changed_.size() != 0) apply_changes();
    const int count = wait(mode);
    if (count < 0) return count;
    // A shortage of memory here leaves timers for the next time. What is there is run first.
    const int gathered = gather_timers(count);
    const bool has_more = timers_.has_due() || has_callbacks();
    if (has_more && !run_more()) return -ECANCELED;
    if (!run_events(count)) return -ECANCELED;
    if (static_cast<size_t>(count) == events_.size()) grow_events();
    return gathered;
}

// A loop of a few descriptors needs no room for a thousand events. Without memory it goes on as it
// is.
[[gnu::cold]] void Loop::grow_events() noexcept {
    const size_t size = std::min(events_.size() * 2, most_events_);
    if (events_.reserve(size)) events_.resize_within_capacity(size);
}

// All callbacks but those of events. What arrives from here on is for the next iteration, as is
// what callbacks start.
[[gnu::noinline]] bool Loop::run_more() noexcept {
    const SignalWatch::Set arrived = signals_.take_pending();
    posts_.take_all();
    unrun_work_ = work_.take_done();
    return run_timers() && run_posts() && run_signals(arrived) && run_work() &&
           report_refused_changes();
}

// Is there a callback to run that is no timer's and no event's?
bool Loop::has_callbacks() const noexcept {
    return refused_ != 0 || !posts_.is_empty() || signals_.is_pending() || work_.has_done();
}

bool Loop::has_pending() const noexcept {
    return has_callbacks() || is_stopping_.load(std::memory_order_relaxed);
}

// At the end of a run: whoever waits on the loop's descriptor is to hear of what was rung for while
// the loop did not listen.
void Loop::hear_rings() noexcept {
    doorbell().expect_rings();
    if (has_pending()) doorbell().ring();
}

int64_t Loop::wait_timeout(uint32_t mode) noexcept {
    if (mode == PLX_RUN_NOWAIT || !is_alive() || has_pending()) return 0;
    if (!timers_.is_any_set()) return -1;
    const int64_t now = monotonic_now();
    const int64_t deadline = timers_.next_deadline(now);
    // Never is not worth a timer in the kernel.
    if (deadline < 0 || deadline == INT64_MAX) return -1;
    return deadline > now ? deadline - now : 0;
}

int Loop::wait(uint32_t mode) noexcept {
    stats_.busy_ns += take_stamp();
    doorbell().expect_rings();
    for (;;) {
        const int64_t timeout = wait_timeout(mode);
        const int count = poller_->wait(events_.data(), static_cast<int>(events_.size()), timeout);
        is_now_known_ = false;
        stats_.idle_ns += take_stamp();
        // A signal that nobody watches is none of the loop's business, nor is the time of a timer
        // that was put off.
        const bool is_early = count == 0 && timeout != 0 && wait_timeout(mode) != 0;
        if (count != -EINTR && !is_early) {
            doorbell().ignore_rings();
            if (count >= 0) ++stats_.iterations;
            return count;
        }
    }
}

// The clock itself is looked at only if something may be due.
inline int Loop::gather_timers(int events) noexcept {
    const int64_t latest = events == 0 ? INT64_MAX - 1 : stamp_ + kLongestTick;
    return timers_.has_to_gather(latest) ? timers_.gather(now()) : 0;
}

// When something was, for the statistics. Over time ticks tell how long the loop was busy, and they
// cost little; who has callbacks measured has asked for more.
inline int64_t Loop::stamp() const noexcept {
    return (marks_ & kMeasuring) == 0 ? last_tick() : monotonic_now();
}

// The time since the last stamp.
inline int64_t Loop::take_stamp() noexcept {
    const int64_t before = std::exchange(stamp_, stamp());
    return stamp_ - before;
}

int Loop::next_deadline(int64_t* out) noexcept {
    // Whoever waits in our place cannot know that an interest has not reached the kernel yet.
    const bool is_due = has_pending() || changed_.size() != 0;
    const int64_t deadline = is_due ? 0 : timers_.next_deadline(now());
    *out = deadline < 0 || deadline > now() ? deadline : 0;
    return 0;
}

// Tracing ----------------------------------------------------------------------------------------

int Loop::trace(plx_trace_fn fn, void* user) noexcept {
    trace_ = fn;
    trace_user_ = user;
    measure_if_wanted();
    return 0;
}

void Loop::measure_if_wanted() noexcept {
    const bool is_wanted = trace_ != nullptr || times_callbacks_;
    if (is_running_.load(std::memory_order_relaxed)) stats_.busy_ns += take_stamp();
    marks_ = static_cast<uint8_t>((marks_ & ~kMeasuring) | (is_wanted ? kMeasuring : 0));
    stamp_ = stamp();
}

void Loop::measured(uint32_t kind, plx_handle handle, uint32_t what, int64_t start) noexcept {
    if (is_destroyed()) return;
    const int64_t duration = monotonic_now() - start;
    if (duration > stats_.slowest_callback_ns) {
        stats_.slowest_callback_ns = duration;
        stats_.slowest_callback_kind = kind;
    }
    if (trace_ == nullptr) return;
    const plx_trace_event event{handle, start, duration, kind, what, kKindNames[kind]};
    trace_(outside(), &event, trace_user_);
}

}  // namespace pollux
