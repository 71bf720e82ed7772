// SPDX-License-Identifier: MIT
// What poll(2) is to watch: a dense array with only the armed descriptors in it, and where each is.
#pragma once

#include "core/backend.hpp"
#include "core/buffer.hpp"
#include "core/paged_array.hpp"

#include <poll.h>

#include <cstddef>
#include <cstdint>

namespace pollux::poll {

class WatchSet {
public:
    // Inserts or changes; -ENOMEM and nothing changed, or 0.
    int put(const Registration& now) noexcept;

    // Takes out if present.
    void take(int fd) noexcept;

    // Differs after each change, and tells earlier from later.
    uint32_t version() const noexcept { return version_; }

    // The key of a descriptor that is in the set since `version` or earlier, unchanged.
    bool find(int fd, uint32_t version, Key* key, bool* oneshot) const noexcept;

    size_t size() const noexcept { return fds_.size(); }
    const pollfd* data() const noexcept { return fds_.data(); }

private:
    // 12 bytes, zero at first.
    struct Place {
        uint32_t index_and_mode;  // (index + 1) << 1 | one-shot; 0 is absent
        uint32_t generation;
        uint32_t changed;  // the version that brought it to this state

        bool is_present() const noexcept { return index_and_mode != 0; }
        uint32_t index() const noexcept { return (index_and_mode >> 1) - 1; }
        void set_index(uint32_t index) noexcept {
            index_and_mode = (index + 1) << 1 | (index_and_mode & 1);
        }
    };

    PagedArray<Place> places_;
    Buffer<pollfd> fds_;
    uint32_t version_ = 1;
};

}  // namespace pollux::poll
