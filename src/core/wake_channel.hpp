// SPDX-License-Identifier: MIT
// A descriptor that becomes readable when signalled: an eventfd where there is one, or sockets if a
// sandbox refuses it; else a pipe. CMake chooses which of the two files is compiled.
#pragma once

#include "core/unique_fd.hpp"

namespace pollux {

class WakeChannel {
public:
    // 0 or a negated errno.
    int open() noexcept;

    int fd() const noexcept { return reader_.get(); }
    // The same one, or another that the system needs besides.
    int writer() const noexcept { return writer_ ? writer_.get() : reader_.get(); }
    bool owns(int fd) const noexcept { return fd == reader_.get() || fd == writer_.get(); }

    // Readable from now on. Async-signal-safe, also in what it leaves in errno.
    void signal() const noexcept;

    // No longer readable, until the next signal().
    void drain() const noexcept;

private:
    UniqueFd reader_;
    UniqueFd writer_;  // unused with an eventfd
};

}  // namespace pollux
