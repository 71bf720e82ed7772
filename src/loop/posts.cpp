// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

namespace pollux {

int Loop::post(plx_post_fn fn, void* user) noexcept {
    const int pushed = posts_.push({fn, user});
    // The loop takes all there is at once, so that only the first of them has to tell it.
    return pushed == 1 ? doorbell().ring() : pushed;
}

bool Loop::run_posts() noexcept {
    Post post;
    while (posts_.next(&post)) {
        ++stats_.posts;
        if (!call(PLX_KIND_POST, 0, 0, [&] { post.fn(outside(), post.user); })) return false;
    }
    return true;
}

}  // namespace pollux
