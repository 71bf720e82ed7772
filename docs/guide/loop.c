/* SPDX-License-Identifier: MIT */
#include <pollux/pollux.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct program {
    int ends[2];
    int sum;
};

static void on_timer(plx_loop* loop, plx_handle timer, void* user) {
    struct program* program = user;
    if (write(program->ends[1], "hello", 5) == 5) puts("sent hello");
    plx_close(loop, timer);
}

static void add_up(void* user) { /* in a thread of the pool */
    struct program* program = user;
    for (int i = 1; i <= 100; ++i)
        program->sum += i;
}

static void on_sum(plx_loop* loop, plx_handle work, int status, void* user) {
    struct program* program = user;
    (void)loop, (void)work;
    if (status == 0) printf("computed %d\n", program->sum);
}

static void on_readable(plx_loop* loop, plx_handle io, uint32_t events, void* user) {
    struct program* program = user;
    char text[100];
    ssize_t size = read(program->ends[0], text, sizeof text);
    (void)events;
    if (size > 0) printf("received %.*s\n", (int)size, text);
    plx_close(loop, io);
    plx_work_start(loop, NULL, add_up, on_sum, program);
}

int main(void) {
    struct program program = {{-1, -1}, 0};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, program.ends) < 0) return 1;

    plx_loop* loop;
    plx_handle io, timer;
    int rc = plx_loop_create(&loop, NULL);
    if (rc < 0) return fprintf(stderr, "%s\n", plx_strerror(rc)), 1;
    rc = plx_io_start(loop, &io, program.ends[0], PLX_READABLE, on_readable, &program);
    if (rc == 0) rc = plx_timer_start(loop, &timer, 10000000, 0, on_timer, &program);
    if (rc == 0) rc = plx_loop_run(loop, PLX_RUN_DEFAULT); /* until nothing is left to do */
    if (rc < 0) fprintf(stderr, "%s\n", plx_strerror(rc));

    plx_loop_destroy(loop);
    close(program.ends[0]);
    close(program.ends[1]);
    return rc < 0;
}
