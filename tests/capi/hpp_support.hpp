// SPDX-License-Identifier: MIT
// What the tests of the C++ face of the loop share.
#pragma once

#include <pollux/loop.hpp>

#include "support/catch.hpp"

#include <unistd.h>

#include <cstdint>
#include <future>
#include <memory>
#include <utility>

// Closures that hold one show when they are let go.
using Token = std::shared_ptr<int>;

inline Token make_token() {
    return std::make_shared<int>(0);
}

inline bool is_gone(const Token& token) {
    return token.use_count() == 1;
}

inline plx::loop make_loop(plx::backend backend, std::uint32_t threads = 0) {
    plx::loop_options how;
    how.backend = backend;
    how.work_threads = threads;
    return plx::loop(how);
}

class Pipe {
public:
    Pipe() { REQUIRE(::pipe(ends_) == 0); }
    ~Pipe() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }

private:
    int ends_[2];
};

// Keeps the only thread of a loop busy until it is opened.
class Gate {
public:
    explicit Gate(plx::loop& loop) {
        std::promise<void> began;
        const auto has_begun = began.get_future();
        // The thread may see the end of this object: what it uses is its own.
        work_ =
            plx::work(loop, [began = std::move(began), opened = opened_.get_future()]() mutable {
                began.set_value();
                opened.wait();
            });
        has_begun.wait();
    }
    ~Gate() { open(); }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    void open() {
        if (!std::exchange(is_open_, true)) opened_.set_value();
    }
    plx::work& work() { return work_; }

private:
    std::promise<void> opened_;
    bool is_open_ = false;
    plx::work work_;
};
