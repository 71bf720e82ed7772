/* SPDX-License-Identifier: MIT */
/* What the package calls instead of the library. Go may not keep a number in a pointer, so that
 * `user` is a number here; and it cannot name its exported functions as callbacks. */
#ifndef POLLUX_GO_BRIDGE_H
#define POLLUX_GO_BRIDGE_H

#include <pollux/pollux.h>
#include <stddef.h>
#include <stdint.h>

/* Tells threads apart. */
uintptr_t bridge_thread(void);

/* NULL without memory, unlike malloc() in Go. */
void* bridge_allocate(size_t size);
void bridge_free(void* memory);

/* plx_poller_wait(). Go 1.19 would put a pointer to what it does not know on the heap. */
int bridge_wait(uintptr_t poller, plx_event* events, int capacity, int64_t timeout_ns);

int bridge_io(plx_loop* loop, plx_handle* out, int fd, uint32_t interest, uintptr_t user);
int bridge_timer(plx_loop* loop, plx_handle* out, int64_t delay_ns, int64_t period_ns,
                 uintptr_t user);
int bridge_signal(plx_loop* loop, plx_handle* out, int signo, uintptr_t user);
int bridge_child(plx_loop* loop, plx_handle* out, int64_t pid, uintptr_t user);
int bridge_work(plx_loop* loop, plx_handle* out, uintptr_t user);
int bridge_resolve(plx_loop* loop, plx_handle* out, const char* host, const char* service,
                   uint32_t family, uintptr_t user);
int bridge_file_read(plx_loop* loop, plx_handle* out, int fd, void* buffer, size_t size,
                     int64_t offset, uintptr_t user);
int bridge_file_write(plx_loop* loop, plx_handle* out, int fd, const void* buffer, size_t size,
                      int64_t offset, uintptr_t user);
int bridge_post(plx_loop* loop, uintptr_t user);
int bridge_trace(plx_loop* loop, int on, uintptr_t user);

#endif /* POLLUX_GO_BRIDGE_H */
