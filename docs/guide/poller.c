/* SPDX-License-Identifier: MIT */
#include <pollux/pollux.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int failed(int rc) {
    fprintf(stderr, "%s: %s\n", plx_error_name(rc), plx_strerror(rc));
    return 1;
}

int main(void) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) return 1;

    plx_poller* poller;
    int rc = plx_poller_create(&poller, NULL);
    if (rc < 0) return failed(rc);
    rc = plx_poller_add(poller, ends[0], 42, PLX_READABLE);
    if (rc < 0) return failed(rc);
    if (write(ends[1], "hello", 5) != 5) return 1;

    plx_event events[16];
    int count = plx_poller_wait(poller, events, 16, INT64_C(5000000000));
    if (count < 0) return failed(count);
    for (int i = 0; i < count; ++i) {
        char text[100];
        ssize_t size = read(events[i].fd, text, sizeof text);
        if (size > 0) printf("token %d: %.*s\n", (int)events[i].token, (int)size, text);
    }

    if (plx_poller_wait(poller, events, 16, 1000000) == 0) puts("time is up");

    plx_poller_remove(poller, ends[0]);
    plx_poller_destroy(poller);
    close(ends[0]);
    close(ends[1]);
    return 0;
}
