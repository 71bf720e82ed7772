// SPDX-License-Identifier: MIT
#include "support/process.hpp"

#include "pollux/pollux.h"

#include <sys/resource.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>

namespace bench {

void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

void fail_with(int result, const char* what) {
    std::fprintf(stderr, "%s: %s\n", what, plx_strerror(result));
    std::exit(1);
}

static int64_t read_clock(clockid_t id) {
    timespec now;
    clock_gettime(id, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

int64_t wall_clock() {
    return read_clock(CLOCK_MONOTONIC);
}

int64_t thread_processor_clock() {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int64_t times_slept() {
    rusage usage;
    check(getrusage(RUSAGE_SELF, &usage), "getrusage");
    return usage.ru_nvcsw;
}

void require_descriptors(size_t count) {
    rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    // Signed on FreeBSD.
    const auto wanted = static_cast<rlim_t>(count + 64);
    if (limit.rlim_cur >= wanted) return;
    if (limit.rlim_max < wanted) {
        std::fprintf(stderr, "%zu descriptors are needed, and the hard limit is %zu (ulimit -Hn)\n",
                     static_cast<size_t>(wanted), static_cast<size_t>(limit.rlim_max));
        std::exit(1);
    }
    limit.rlim_cur = wanted;
    check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

}  // namespace bench
