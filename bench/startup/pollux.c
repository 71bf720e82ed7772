/* SPDX-License-Identifier: MIT */
#include "pollux/pollux.h"

int main(void) {
    plx_loop* loop;
    if (plx_loop_create(&loop, NULL) < 0) return 1;
    const int result = plx_loop_run(loop, PLX_RUN_NOWAIT);
    plx_loop_destroy(loop);
    return result < 0;
}
