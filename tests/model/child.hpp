// SPDX-License-Identifier: MIT
// A child process that runs the rest of a program and tells its parent how it went.
#pragma once

#include "runner.hpp"

namespace model {

class Child {
public:
    // In both processes; false if there is no more of something.
    bool fork();
    bool is_child() const { return pid_ == 0; }

    // The child's end.
    [[noreturn]] void report(const Verdict& verdict) const;
    // The parent waits for it.
    Verdict verdict() const;

private:
    int pid_ = -1;
    int pipe_ = -1;
};

}  // namespace model
