/* SPDX-License-Identifier: MIT */
#ifndef POLLUX_DETAIL_LOOP_STATE_HPP
#define POLLUX_DETAIL_LOOP_STATE_HPP

// What stands behind loop.hpp: who owns a closure, and how long it is kept. Not for programs.

#include <pollux/pollux.hpp>

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

namespace plx {

class loop;

namespace detail {

class loop_state;

// With the arguments, or without them if the callback takes none.
template <typename Fn, typename... Args>
void call(Fn& fn, Args&&... args) {
    if constexpr (std::is_invocable_v<Fn&, Args...>) {
        fn(std::forward<Args>(args)...);
    } else {
        static_assert(std::is_invocable_v<Fn&>, "the callback takes other arguments than these");
        fn();
    }
}

// A node of a list that is a ring through its head, or the head.
struct link {
    link() noexcept : next(this), previous(this) {}
    link(const link&) = delete;
    link& operator=(const link&) = delete;

    bool is_alone() const noexcept { return next == this; }
    void append(link& node) noexcept {
        node.previous = previous;
        node.next = this;
        previous->next = &node;
        previous = &node;
    }
    void remove() noexcept {
        previous->next = next;
        next->previous = previous;
        next = previous = this;
    }

    link* next;
    link* previous;
};

// What a handle stands for, with the closures. It has one address from birth to death, which the C
// interface knows. It belongs to a handle object or, as an orphan, to nobody; as long as the loop
// may still call it, it is in the loop's list. Once neither holds it, nor one of its functions is
// running, it is deleted: see `visit`.
struct record : link {
    virtual ~record() = default;
    // Lets go of the closures, and of what they hold, which may be this record's own handle.
    virtual void drop() noexcept = 0;

    loop_state* state = nullptr;  // nullptr if the loop will not call it again
    plx_handle handle = 0;
    unsigned visits = 0;
    bool is_orphan = false;
    bool is_idle = false;       // nothing will happen unless it is set again
    bool is_closing = false;    // plx_close() is at work, and calls what it cancels
    bool is_abandoned = false;  // nobody wants to be called any more
    bool ends_at_fork = false;  // in the child process
};

// While a function of the record runs.
class visit {
public:
    explicit visit(record& visited) noexcept : record_(visited) { ++record_.visits; }
    ~visit() {
        if (--record_.visits == 0 && record_.is_orphan && record_.state == nullptr) delete &record_;
    }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;

private:
    record& record_;
};

// A function on its way to the loop's thread.
struct posted : link {
    virtual ~posted() = default;
    virtual void run() = 0;
    loop_state* state = nullptr;
};

template <typename Fn>
struct posted_function final : posted {
    template <typename From>
    explicit posted_function(From&& from) : fn(std::forward<From>(from)) {}
    void run() override { fn(); }
    Fn fn;
};

struct tracer {
    virtual ~tracer() = default;
    virtual void trace(const plx_trace_event& event) = 0;
};

template <typename Fn>
struct tracer_function final : tracer {
    template <typename From>
    explicit tracer_function(From&& from) : fn(std::forward<From>(from)) {}
    void trace(const plx_trace_event& event) override { call(fn, event); }
    Fn fn;
};

// The way in for other threads. On the heap by itself, since a child process leaves it behind if a
// thread of the parent was in it at the fork.
struct entrance {
    std::mutex mutex;
    link pending;  // of `posted`
    plx_loop* loop = nullptr;
};

// What a loop object owns. It outlives the object while a run is in progress.
class loop_state {
public:
    loop_state() : entrance_(std::make_unique<entrance>()) {}
    loop_state(const loop_state&) = delete;
    loop_state& operator=(const loop_state&) = delete;

    int create(const plx_loop_options& options) noexcept {
        const int rc = plx_loop_create(&loop_, &options);
        entrance_->loop = loop_;
        return rc;
    }

    // Within a run, the C loop and what it may be using go when the run ends.
    void destroy() noexcept {
        {
            const auto lock = lock_entrance();
            entrance_->loop = nullptr;
        }
        plx_loop_destroy(std::exchange(loop_, nullptr));
        if (!is_running()) drop_all();
    }

    // By another thread: then little may be called here.
    bool is_run_elsewhere() const noexcept {
        const auto runner = runner_.load(std::memory_order_relaxed);
        return runner != std::thread::id() && runner != std::this_thread::get_id();
    }

    // nullptr once the loop is destroyed.
    plx_loop* get() const noexcept { return loop_; }

    // Throws what a callback has thrown.
    int run(std::uint32_t mode) {
        std::thread::id runner;
        const auto self = std::this_thread::get_id();
        if (!runner_.compare_exchange_strong(runner, self, std::memory_order_acquire)) {
            return -EBUSY;
        }
        const int rc = plx_loop_run(loop_, mode);
        runner_.store(std::thread::id(), std::memory_order_release);
        if (loop_ == nullptr) drop_all();
        if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
        return rc;
    }

    // Runs a callback so that no exception leaves it.
    template <typename Action>
    void guard(Action action) noexcept {
        try {
            action();
        } catch (...) {
            if (failure_ == nullptr) failure_ = std::current_exception();
            plx_loop_stop(loop_);
        }
    }

    void adopt(record& started) noexcept {
        started.state = this;
        records_.append(started);
    }
    static void forget(record& ended) noexcept {
        ended.remove();
        ended.state = nullptr;
    }

    // -EBUSY if something may still use the record: work that is running, a run that is ending.
    int close(record& open) noexcept {
        if (loop_ == nullptr) return -EBUSY;
        open.is_closing = true;
        const int rc = plx_close(loop_, open.handle);
        open.is_closing = false;
        if (rc != -EBUSY) forget(open);
        return rc == -EBUSY ? rc : 0;
    }

    int post(std::unique_ptr<posted> node) noexcept {
        if (is_foreign()) return -EINVAL;
        const std::lock_guard<std::mutex> lock(entrance_->mutex);
        node->state = this;
        entrance_->pending.append(*node);
        const int rc = plx_post(entrance_->loop, on_post, node.get());
        if (rc < 0) {
            node->remove();
        } else {
            static_cast<void>(node.release());
        }
        return rc;
    }

    // For other threads, which may come after the end of the loop.
    int stop() noexcept {
        if (is_foreign()) return -EINVAL;
        const std::lock_guard<std::mutex> lock(entrance_->mutex);
        return plx_loop_stop(entrance_->loop);
    }

    int trace(std::unique_ptr<tracer> made) noexcept {
        if (is_run_elsewhere()) return -EBUSY;
        const int rc = plx_loop_trace(loop_, made == nullptr ? nullptr : on_trace, this);
        if (rc == 0) tracer_ = std::move(made);
        return rc;
    }

    int after_fork() {
        if (!is_foreign()) return plx_loop_after_fork(loop_);
        auto fresh = std::make_unique<entrance>();
        fresh->loop = loop_;
        const int rc = plx_loop_after_fork(loop_);
        if (rc < 0) return rc;
        drop_ended_at_fork();
        drop_posts();
        if (!lock_entrance()) static_cast<void>(entrance_.release());
        entrance_ = std::move(fresh);
        process_ = getpid();
        return 0;
    }

private:
    bool is_running() const noexcept {
        return runner_.load(std::memory_order_relaxed) != std::thread::id();
    }
    bool is_foreign() const noexcept { return getpid() != process_; }

    // In a child process the thread that holds it may not exist: then without.
    std::unique_lock<std::mutex> lock_entrance() noexcept {
        if (is_foreign()) return std::unique_lock<std::mutex>(entrance_->mutex, std::try_to_lock);
        return std::unique_lock<std::mutex>(entrance_->mutex);
    }

    static void on_post(plx_loop*, void* user) noexcept {
        const std::unique_ptr<posted> node(static_cast<posted*>(user));
        loop_state& state = *node->state;
        {
            const std::lock_guard<std::mutex> lock(state.entrance_->mutex);
            node->remove();
        }
        state.guard([&] { node->run(); });
    }

    static void on_trace(plx_loop*, const plx_trace_event* event, void* user) noexcept {
        auto& state = *static_cast<loop_state*>(user);
        // It may end or replace itself.
        const auto running = state.tracer_;
        state.guard([&] { running->trace(*event); });
    }

    // What the closures hold may be handles of the same loop, which leave the list.
    static void drop_records(link& list) noexcept {
        while (!list.is_alone()) {
            auto& dropped = static_cast<record&>(*list.next);
            forget(dropped);
            const visit inside(dropped);
            dropped.drop();
        }
    }

    void drop_ended_at_fork() noexcept {
        link ended;
        for (link* at = records_.next; at != &records_;) {
            auto& one = static_cast<record&>(*std::exchange(at, at->next));
            if (!one.ends_at_fork) continue;
            one.remove();
            ended.append(one);
        }
        drop_records(ended);
    }

    // After the end of the C loop.
    void drop_all() noexcept {
        drop_records(records_);
        drop_posts();
        tracer_.reset();
    }

    // Outside of the lock, since what the closures hold may post.
    void drop_posts() noexcept {
        link dropped;
        if (const auto lock = lock_entrance()) {
            while (!entrance_->pending.is_alone()) {
                link& node = *entrance_->pending.next;
                node.remove();
                dropped.append(node);
            }
        }
        while (!dropped.is_alone()) {
            const std::unique_ptr<posted> node(static_cast<posted*>(dropped.next));
            node->remove();
        }
    }

    plx_loop* loop_ = nullptr;
    link records_;
    std::unique_ptr<entrance> entrance_;
    std::shared_ptr<tracer> tracer_;
    std::exception_ptr failure_;
    std::atomic<std::thread::id> runner_{std::thread::id()};
    pid_t process_ = getpid();
};

// Of a handle that nobody holds any more.
inline void release(record& released) noexcept {
    const visit inside(released);
    released.is_orphan = true;
    if (released.state == nullptr) return;
    if (released.state->close(released) == -EBUSY) released.is_abandoned = true;
}

// With a callback that ends the handle: it is gone, with what it holds, when it has been called.
struct final_record : record {
    final_record() noexcept { ends_at_fork = true; }
    template <typename Action>
    void finish(Action action) noexcept {
        if (is_closing) return;
        const visit inside(*this);
        loop_state& by = *state;
        loop_state::forget(*this);
        if (!is_abandoned) by.guard(action);
        drop();
    }
};

// In loop.hpp, where the class is whole.
loop_state* state_of(loop& of) noexcept;

}  // namespace detail
}  // namespace plx

#endif /* POLLUX_DETAIL_LOOP_STATE_HPP */
