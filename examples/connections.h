/* SPDX-License-Identifier: MIT */
/* The server's connections, and tokens that tell them apart even where a slot is used again. */
#ifndef EXAMPLES_CONNECTIONS_H
#define EXAMPLES_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection {
    int fd; /* -1: the slot is free */
    uint32_t generation;
    uint32_t next_free;
    uint32_t interest; /* what the poller was told last */
    bool is_read_closed;
    char* buffer; /* NULL while nothing is pending */
    size_t begin; /* pending is what lies from begin ... */
    size_t end;   /* ... to end */
};

struct connections {
    struct connection* slots; /* moves when a slot is taken */
    uint32_t count;
    uint32_t first_free;
};

#define NO_SLOT UINT32_MAX
#define CONNECTIONS_INIT \
    { NULL, 0, NO_SLOT }

/* No connection has this token. */
#define LISTENER_TOKEN UINT64_MAX

/* NULL: no memory. */
struct connection* take_slot(struct connections* connections);
void give_slot_back(struct connections* connections, struct connection* connection);

uint64_t token_of(const struct connections* connections, const struct connection* connection);

/* NULL for the token of a connection that has been closed since. An event can be that late: another
 * one of the same wait may have closed it. */
struct connection* connection_of(const struct connections* connections, uint64_t token);

#endif
