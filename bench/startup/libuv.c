/* SPDX-License-Identifier: MIT */
#include <uv.h>

int main(void) {
    uv_loop_t loop;
    if (uv_loop_init(&loop) < 0) return 1;
    uv_run(&loop, UV_RUN_NOWAIT);
    return uv_loop_close(&loop) < 0;
}
