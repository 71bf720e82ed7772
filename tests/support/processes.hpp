// SPDX-License-Identifier: MIT
// Child processes. A child reports by its exit status, and says on stderr what failed; it runs no
// assertion of the test framework.
#pragma once

#include "support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

// In the body of a child: gives up unless it holds.
#define CHILD_REQUIRE(condition)                                                               \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            std::fprintf(stderr, "%s:%d: in the child: %s\n", __FILE__, __LINE__, #condition); \
            return 1;                                                                          \
        }                                                                                      \
    } while (false)

namespace support {

inline constexpr int kChildOk = 0;

class Child {
public:
    // Runs body(), which gives kChildOk or not, in a child.
    template <typename Body>
    explicit Child(Body body) : pid_(fork()) {
        if (pid_ == 0) _exit(body());
        REQUIRE(pid_ > 0);
    }
    ~Child() { wait(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const { return pid_; }

    // Its exit status, or -1 if a signal ended it.
    int wait() {
        if (pid_ <= 0) return status_;
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = 0;
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        return status_;
    }

private:
    pid_t pid_;
    int status_ = -1;
};

template <typename Body>
int run_in_child(Body body) {
    return Child(body).wait();
}

}  // namespace support
