// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

#include <cerrno>
#include <cstdlib>

namespace pollux {

int Loop::post(plx_post_fn fn, void* user) noexcept {
    if (poller_->is_foreign()) return -EINVAL;
    auto* post = static_cast<Post*>(std::malloc(sizeof(Post)));
    if (post == nullptr) return -ENOMEM;
    post->fn = fn;
    post->user = user;
    // The loop takes all there is at once, so that only the first of them has to wake it.
    return posts_.push(post) ? poller_->wake() : 0;
}

bool Loop::run_posts() noexcept {
    while (unrun_posts_ != nullptr) {
        const Post post = *unrun_posts_;
        std::free(unrun_posts_);
        unrun_posts_ = post.next;
        ++stats_.posts;
        if (!call(PLX_KIND_POST, 0, 0, [&] { post.fn(outside(), post.user); })) return false;
    }
    return true;
}

void Loop::drop_posts() noexcept {
    Post* const lists[] = {unrun_posts_, posts_.take_all()};
    for (Post* list : lists) {
        while (list != nullptr) {
            Post* next = list->next;
            std::free(list);
            list = next;
        }
    }
    unrun_posts_ = nullptr;
}

}  // namespace pollux
