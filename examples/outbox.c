/* SPDX-License-Identifier: MIT */
#include "outbox.h"

#include "net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
    kFirstCapacity = 1024,
    kKeptCapacity = 4096, /* of an empty one: most peers read at once, and need no more */
};

size_t outbox_pending(const struct outbox* outbox) {
    return outbox->end - outbox->begin;
}

void outbox_close(struct outbox* outbox) {
    free(outbox->bytes);
    *outbox = (struct outbox){.bytes = NULL};
}

static void move_to_front(struct outbox* outbox) {
    if (outbox->begin == 0) return;
    memmove(outbox->bytes, outbox->bytes + outbox->begin, outbox_pending(outbox));
    outbox->end -= outbox->begin;
    outbox->begin = 0;
}

static bool grow_to(struct outbox* outbox, size_t needed) {
    size_t capacity = outbox->capacity == 0 ? kFirstCapacity : outbox->capacity;
    while (capacity < needed)
        capacity *= 2;
    char* grown = realloc(outbox->bytes, capacity);
    if (grown == NULL) return false;
    outbox->bytes = grown;
    outbox->capacity = capacity;
    return true;
}

bool outbox_append(struct outbox* outbox, const char* data, size_t size, size_t bound) {
    const size_t needed = outbox_pending(outbox) + size;
    if (needed > bound) return false;
    if (outbox->end + size > outbox->capacity) {
        move_to_front(outbox);
        if (needed > outbox->capacity && !grow_to(outbox, needed)) return false;
    }
    memcpy(outbox->bytes + outbox->end, data, size);
    outbox->end += size;
    return true;
}

long outbox_send(struct outbox* outbox, int fd) {
    if (outbox_pending(outbox) == 0) return 0;
    const ssize_t sent = send(fd, outbox->bytes + outbox->begin, outbox_pending(outbox), 0);
    if (sent < 0) return means_not_now(errno) ? 0 : -errno;
    outbox->begin += (size_t)sent;
    if (outbox->begin < outbox->end) return sent;
    outbox->begin = outbox->end = 0;
    if (outbox->capacity > kKeptCapacity) outbox_close(outbox);
    return sent;
}
