/* SPDX-License-Identifier: MIT */
#include "connections.h"

#include <stdlib.h>

/* A token is the slot's index below and its generation, how often it was used, above. */
uint64_t token_of(const struct connections* connections, const struct connection* connection) {
    const uint64_t slot = (uint64_t)(connection - connections->slots);
    return (uint64_t)connection->generation << 32 | slot;
}

struct connection* connection_of(const struct connections* connections, uint64_t token) {
    const uint32_t slot = (uint32_t)token;
    if (slot >= connections->count) return NULL;
    struct connection* connection = &connections->slots[slot];
    const bool is_current = connection->fd >= 0 && connection->generation == token >> 32;
    return is_current ? connection : NULL;
}

static bool add_slots(struct connections* connections) {
    const uint32_t count = connections->count == 0 ? 64 : 2 * connections->count;
    struct connection* grown = realloc(connections->slots, count * sizeof *grown);
    if (grown == NULL) return false;
    connections->slots = grown;
    for (uint32_t slot = count; slot-- > connections->count;) {
        grown[slot] = (struct connection){.fd = -1, .next_free = connections->first_free};
        connections->first_free = slot;
    }
    connections->count = count;
    return true;
}

struct connection* take_slot(struct connections* connections) {
    if (connections->first_free == NO_SLOT && !add_slots(connections)) return NULL;
    struct connection* connection = &connections->slots[connections->first_free];
    connections->first_free = connection->next_free;
    return connection;
}

void give_slot_back(struct connections* connections, struct connection* connection) {
    *connection = (struct connection){
        .fd = -1, .generation = connection->generation + 1, .next_free = connections->first_free};
    connections->first_free = (uint32_t)(connection - connections->slots);
}
