/* SPDX-License-Identifier: MIT */
/* What the load sends: content and sizes, both functions of a seed, so that every byte that comes
 * back can be told to be the right one without keeping what was sent. */
#ifndef EXAMPLES_TRAFFIC_H
#define EXAMPLES_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

/* The most that may be read behind a pointer of pattern_at(). */
enum { kChunk = 65536 };

struct traffic {
    uint64_t seed;
    uint64_t smallest; /* message, in bytes; at least 1 */
    uint64_t largest;
    char* pattern;
};

/* 0 or -ENOMEM. */
int traffic_open(struct traffic* traffic);
void traffic_close(struct traffic* traffic);

/* What each connection sends is one stream. This is the content from a place in it onwards. */
const char* pattern_at(const struct traffic* traffic, uint32_t connection, uint64_t offset);

/* Every order of magnitude is as frequent as any other. The first two messages of the whole run
 * are the smallest and the largest there are. */
uint64_t message_size(const struct traffic* traffic, uint64_t message);

#endif
