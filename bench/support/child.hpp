// SPDX-License-Identifier: MIT
// Work in a process of its own, whose memory nobody has touched before.
#pragma once

#include "support/process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <type_traits>

namespace bench {

// What `work` returns. A child that fails has said why, and this gives up too.
template <typename Work>
auto in_child(Work work) {
    using Result = decltype(work());
    static_assert(std::is_trivially_copyable_v<Result>);
    int ends[2];
    check(pipe(ends), "pipe");
    const pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        const Result result = work();
        _exit(write(ends[1], &result, sizeof result) == static_cast<ssize_t>(sizeof result) ? 0
                                                                                            : 1);
    }
    close(ends[1]);
    Result result{};
    const ssize_t received = read(ends[0], &result, sizeof result);
    close(ends[0]);
    check(waitpid(child, nullptr, 0), "waitpid");
    if (received != static_cast<ssize_t>(sizeof result)) std::exit(1);
    return result;
}

}  // namespace bench
