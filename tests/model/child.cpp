// SPDX-License-Identifier: MIT
#include "child.hpp"

#include "world.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace model {

namespace {

constexpr unsigned kSecondsForRest = 40;

}  // namespace

bool Child::fork() {
    int ends[2];
    if (pipe(ends) != 0) return false;
    pid_ = ::fork();
    if (pid_ < 0) return false;
    // A child that hangs ends by itself, and its parent hears of it.
    if (is_child()) alarm(kSecondsForRest);
    // Out of the way: what the library opens in the child has the same numbers as elsewhere.
    const int keep = ends[is_child() ? 1 : 0];
    pipe_ = fcntl(keep, F_DUPFD, World::kBase + kNumbers);
    close(ends[0]);
    close(ends[1]);
    return pipe_ >= 0;
}

void Child::report(const Verdict& verdict) const {
    const std::string text = std::to_string(verdict.op) + " " + verdict.what;
    const ssize_t written = write(pipe_, text.data(), text.size());
    _exit(written < 0 ? 1 : 0);
}

Verdict Child::verdict() const {
    std::string text;
    char bytes[4096];
    for (;;) {
        const ssize_t count = read(pipe_, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        text.append(bytes, static_cast<size_t>(count));
    }
    close(pipe_);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || text.empty()) {
        return {"the child died with status " + std::to_string(status), 0};
    }
    const size_t space = text.find(' ');
    return {text.substr(space + 1), std::strtoul(text.c_str(), nullptr, 10)};
}

}  // namespace model
