/* SPDX-License-Identifier: MIT */
#include <event2/event.h>

int main(void) {
    struct event_base* base = event_base_new();
    if (base == NULL) return 1;
    const int result = event_base_loop(base, EVLOOP_NONBLOCK);
    event_base_free(base);
    return result < 0;
}
