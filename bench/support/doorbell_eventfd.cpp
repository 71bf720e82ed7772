// SPDX-License-Identifier: MIT
#include "support/doorbell.hpp"
#include "support/process.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace bench {

Doorbell::Doorbell() : reader_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), writer_(reader_) {
    check(reader_, "eventfd");
}

Doorbell::~Doorbell() {
    close(reader_);
}

void Doorbell::ring() {
    const uint64_t one = 1;
    if (write(writer_, &one, sizeof one) < 0) fail("write to an eventfd");
}

void Doorbell::answer() {
    uint64_t count;
    if (read(reader_, &count, sizeof count) < 0) fail("read from an eventfd");
}

}  // namespace bench
