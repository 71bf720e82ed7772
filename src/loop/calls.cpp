// SPDX-License-Identifier: MIT
// Work that is a function of the program.
#include "loop/work_items.hpp"

namespace pollux {

namespace {

struct Call final : WorkItem {
    plx_work_fn work;
    plx_done_fn done;
    void* user;

    Call(plx_work_fn work_fn, plx_done_fn done_fn, void* user_data) noexcept
        : work(work_fn), done(done_fn), user(user_data) {}
    void run() noexcept override { work(user); }
    void finish(plx_loop* loop, int status) noexcept override {
        if (done != nullptr) done(loop, handle, status, user);
    }
};

}  // namespace

WorkItem* make_call(plx_work_fn work, plx_done_fn done, void* user) noexcept {
    return new Call(work, done, user);
}

}  // namespace pollux
