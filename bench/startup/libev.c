/* SPDX-License-Identifier: MIT */
#include <ev.h>

int main(void) {
    struct ev_loop* loop = ev_loop_new(EVFLAG_AUTO);
    if (loop == NULL) return 1;
    ev_run(loop, EVRUN_NOWAIT);
    ev_loop_destroy(loop);
    return 0;
}
