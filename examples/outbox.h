/* SPDX-License-Identifier: MIT */
/* What is to be sent and could not be sent yet: bytes in a buffer that grows up to a bound. */
#ifndef EXAMPLES_OUTBOX_H
#define EXAMPLES_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

struct outbox {
    char* bytes; /* NULL while nothing is kept */
    size_t capacity;
    size_t begin; /* pending is what lies from begin ... */
    size_t end;   /* ... to end */
};

size_t outbox_pending(const struct outbox* outbox);

/* All of it, or, where it would be more than the bound or there is no memory, nothing: false. */
bool outbox_append(struct outbox* outbox, const char* data, size_t size, size_t bound);

/* Sends what the socket takes: how much that was, or a negated errno. */
long outbox_send(struct outbox* outbox, int fd);

void outbox_close(struct outbox* outbox);

#endif
