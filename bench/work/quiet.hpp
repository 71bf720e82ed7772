// SPDX-License-Identifier: MIT
// Descriptors on which nothing happens.
#pragma once

#include "contender.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace bench {

template <typename Loop>
struct Quiet {
    [[no_unique_address]] typename Loop::Watch watch;

    void ready() {
        std::fputs("pollux_bench: an event on a descriptor on which nothing happened\n", stderr);
        std::exit(1);
    }
};

// A loop that watches the first of each pair.
template <typename Loop>
class QuietLoop {
public:
    explicit QuietLoop(const Parameters& parameters)
        : pairs_(*parameters.pairs), handlers_(parameters.fds), loop_(std::make_unique<Loop>()) {
        for (size_t i = 0; i < size(); ++i)
            add(i);
        turn();
    }
    QuietLoop(const QuietLoop&) = delete;
    QuietLoop& operator=(const QuietLoop&) = delete;

    // At the end: what is watched has to be removed first.
    void end() {
        for (size_t i = 0; i < size(); ++i)
            remove(i);
        turn();
    }

    size_t size() const { return handlers_.size(); }
    Loop& loop() { return *loop_; }

    void add(size_t i) { loop_->add(pairs_[i].first, &handlers_[i]); }
    void remove(size_t i) { loop_->remove(pairs_[i].first, &handlers_[i]); }
    void set_writable(size_t i, bool on) {
        loop_->set_writable(pairs_[i].first, &handlers_[i], on);
    }
    void turn() { loop_->template turn<Quiet<Loop>>(); }

private:
    const Pairs& pairs_;
    std::vector<Quiet<Loop>> handlers_;
    std::unique_ptr<Loop> loop_;
};

}  // namespace bench
