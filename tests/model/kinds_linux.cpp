// SPDX-License-Identifier: MIT
#include "kinds.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

namespace model {

namespace {

bool open_fifo(int ends[2]) {
    const char* directory = getenv("TMPDIR");
    char path[256];
    static int count = 0;
    snprintf(path, sizeof path, "%s/pollux-model-%d-%d", directory == nullptr ? "/tmp" : directory,
             static_cast<int>(getpid()), count++);
    if (mkfifo(path, 0600) != 0) return false;
    ends[0] = ::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ends[1] = ::open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    unlink(path);
    return ends[0] >= 0 && ends[1] >= 0;
}

// Raw, so that what is written to one end can be read from the other, and nothing else.
bool open_pty(int ends[2]) {
    char name[64];
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (ends[0] < 0) return false;
    ends[1] = -1;
    if (grantpt(ends[0]) == 0 && unlockpt(ends[0]) == 0 &&
        ptsname_r(ends[0], name, sizeof name) == 0) {
        ends[1] = ::open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    }
    termios mode;
    if (ends[1] < 0 || tcgetattr(ends[1], &mode) != 0) return false;
    cfmakeraw(&mode);
    return tcsetattr(ends[1], TCSANOW, &mode) == 0;
}

}  // namespace

bool has_kind(Kind) {
    return true;
}

bool open_special(Kind kind, int ends[2]) {
    switch (kind) {
        case Kind::kFifo:
            return open_fifo(ends);
        case Kind::kPty:
            return open_pty(ends);
        default:
            ends[0] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
            return ends[0] >= 0;
    }
}

bool write_eventfd(int fd, size_t value) {
    const uint64_t count = value;
    return ::write(fd, &count, sizeof count) == sizeof count;
}

bool fill_eventfd(int fd, size_t value, size_t* added) {
    const uint64_t rest = UINT64_MAX - 1 - value;
    *added = static_cast<size_t>(rest);
    return rest == 0 || ::write(fd, &rest, sizeof rest) == sizeof rest;
}

bool read_eventfd(int fd) {
    uint64_t count;
    return ::read(fd, &count, sizeof count) == sizeof count;
}

}  // namespace model
