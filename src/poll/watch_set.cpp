// SPDX-License-Identifier: MIT
#include "poll/watch_set.hpp"

#include "poll/translate.hpp"

#include <cerrno>

namespace pollux::poll {

int WatchSet::put(const Registration& now) noexcept {
    Place* place = places_.obtain(now.key.slot());
    if (place == nullptr) return -ENOMEM;
    if (!place->is_present()) {
        const auto index = static_cast<uint32_t>(fds_.size());
        if (!fds_.push({now.fd, 0, 0})) return -ENOMEM;
        place->set_index(index);
    }
    const uint32_t index = place->index();
    fds_[index].events = to_kernel(now.interest);
    place->index_and_mode = (index + 1) << 1 | ((now.interest & PLX_ONESHOT) != 0 ? 1U : 0U);
    place->generation = now.key.generation();
    place->changed = ++version_;
    return 0;
}

void WatchSet::take(int fd) noexcept {
    Place* place = places_.find(static_cast<uint32_t>(fd));
    if (place == nullptr || !place->is_present()) return;
    const uint32_t index = place->index();
    const pollfd last = fds_[fds_.size() - 1];
    fds_[index] = last;
    fds_.pop();
    places_.find(static_cast<uint32_t>(last.fd))->set_index(index);
    place->index_and_mode = 0;
    place->changed = ++version_;
}

bool WatchSet::find(int fd, uint32_t version, Key* key, bool* oneshot) const noexcept {
    const Place* place = places_.find(static_cast<uint32_t>(fd));
    if (place == nullptr || !place->is_present()) return false;
    // Versions wrap around; what counts is which one is later.
    if (static_cast<int32_t>(place->changed - version) > 0) return false;
    *key = Key::of(fd, place->generation);
    *oneshot = (place->index_and_mode & 1) != 0;
    return true;
}

}  // namespace pollux::poll
