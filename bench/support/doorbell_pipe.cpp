// SPDX-License-Identifier: MIT
#include "support/doorbell.hpp"
#include "support/process.hpp"
#include "support/sockets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace bench {

Doorbell::Doorbell() {
    int ends[2];
    check(pipe(ends), "pipe");
    for (const int fd : ends)
        check(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
    reader_ = ends[0];
    writer_ = ends[1];
}

Doorbell::~Doorbell() {
    close(reader_);
    close(writer_);
}

void Doorbell::ring() {
    // Full is as good.
    if (write(writer_, "", 1) < 0 && errno != EAGAIN) fail("write to a pipe");
}

void Doorbell::answer() {
    drain(reader_);
}

}  // namespace bench
