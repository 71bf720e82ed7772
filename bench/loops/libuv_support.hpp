// SPDX-License-Identifier: MIT
#pragma once

#include <uv.h>

#include <cstdio>
#include <cstdlib>

namespace bench {

inline void check_uv(int result, const char* what) {
    if (result >= 0) return;
    std::fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
    std::exit(1);
}

// Closes the loop, and before it what is open in it.
inline void close_all(uv_loop_t* loop) {
    uv_walk(
        loop,
        [](uv_handle_t* handle, void*) {
            if (uv_is_closing(handle) == 0) uv_close(handle, nullptr);
        },
        nullptr);
    uv_run(loop, UV_RUN_DEFAULT);
    check_uv(uv_loop_close(loop), "uv_loop_close");
}

}  // namespace bench
