/* SPDX-License-Identifier: MIT */
#include "bridge.h"

#include <pthread.h>
#include <stdlib.h>

#include "_cgo_export.h"

static void on_io(plx_loop* loop, plx_handle handle, uint32_t events, void* user) {
    (void)loop, (void)handle;
    polluxGoIO((uintptr_t)user, events);
}

static void on_timer(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop, (void)handle;
    polluxGoTimer((uintptr_t)user);
}

static void on_signal(plx_loop* loop, plx_handle handle, int signo, void* user) {
    (void)loop, (void)handle, (void)signo;
    polluxGoSignal((uintptr_t)user);
}

static void on_child(plx_loop* loop, plx_handle handle, int status, void* user) {
    (void)loop, (void)handle;
    polluxGoChild((uintptr_t)user, status);
}

static void on_work(void* user) {
    polluxGoWork((uintptr_t)user);
}

static void on_done(plx_loop* loop, plx_handle handle, int status, void* user) {
    (void)loop, (void)handle;
    polluxGoDone((uintptr_t)user, status);
}

static void on_resolved(plx_loop* loop, plx_handle handle, int status, const plx_address* list,
                        size_t count, void* user) {
    (void)loop, (void)handle;
    polluxGoResolved((uintptr_t)user, status, (plx_address*)list, count);
}

static void on_file(plx_loop* loop, plx_handle handle, int64_t result, void* user) {
    (void)loop, (void)handle;
    polluxGoFile((uintptr_t)user, result);
}

static void on_post(plx_loop* loop, void* user) {
    (void)loop;
    polluxGoPost((uintptr_t)user);
}

static void on_trace(plx_loop* loop, const plx_trace_event* event, void* user) {
    (void)loop;
    polluxGoTrace((uintptr_t)user, (plx_trace_event*)event);
}

uintptr_t bridge_thread(void) {
    return (uintptr_t)pthread_self();
}

void* bridge_allocate(size_t size) {
    return malloc(size > 0 ? size : 1);
}

void bridge_free(void* memory) {
    free(memory);
}

int bridge_wait(uintptr_t poller, plx_event* events, int capacity, int64_t timeout_ns) {
    return plx_poller_wait((plx_poller*)poller, events, capacity, timeout_ns);
}

int bridge_io(plx_loop* loop, plx_handle* out, int fd, uint32_t interest, uintptr_t user) {
    return plx_io_start(loop, out, fd, interest, on_io, (void*)user);
}

int bridge_timer(plx_loop* loop, plx_handle* out, int64_t delay_ns, int64_t period_ns,
                 uintptr_t user) {
    return plx_timer_start(loop, out, delay_ns, period_ns, on_timer, (void*)user);
}

int bridge_signal(plx_loop* loop, plx_handle* out, int signo, uintptr_t user) {
    return plx_signal_start(loop, out, signo, on_signal, (void*)user);
}

int bridge_child(plx_loop* loop, plx_handle* out, int64_t pid, uintptr_t user) {
    return plx_child_start(loop, out, pid, on_child, (void*)user);
}

int bridge_work(plx_loop* loop, plx_handle* out, uintptr_t user) {
    return plx_work_start(loop, out, on_work, on_done, (void*)user);
}

int bridge_resolve(plx_loop* loop, plx_handle* out, const char* host, const char* service,
                   uint32_t family, uintptr_t user) {
    return plx_resolve_start(loop, out, host, service, family, on_resolved, (void*)user);
}

int bridge_file_read(plx_loop* loop, plx_handle* out, int fd, void* buffer, size_t size,
                     int64_t offset, uintptr_t user) {
    return plx_file_read_start(loop, out, fd, buffer, size, offset, on_file, (void*)user);
}

int bridge_file_write(plx_loop* loop, plx_handle* out, int fd, const void* buffer, size_t size,
                      int64_t offset, uintptr_t user) {
    return plx_file_write_start(loop, out, fd, buffer, size, offset, on_file, (void*)user);
}

int bridge_post(plx_loop* loop, uintptr_t user) {
    return plx_post(loop, on_post, (void*)user);
}

int bridge_trace(plx_loop* loop, int on, uintptr_t user) {
    return plx_loop_trace(loop, on ? on_trace : NULL, (void*)user);
}
