/* SPDX-License-Identifier: MIT */
#include "traffic.h"

#include <errno.h>
#include <stdlib.h>

/* The content repeats with a prime period. A connection starts at a place of its own, so a byte
 * that is lost, doubled or of another connection shifts what follows and is seen. */
enum { kPeriod = 65537, kConnectionStep = 7919 };

/* SplitMix64: the number at a place of a pseudo-random sequence. */
static uint64_t random_at(uint64_t seed, uint64_t index) {
    uint64_t x = seed + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

int traffic_open(struct traffic* traffic) {
    const size_t size = kPeriod + kChunk;
    traffic->pattern = malloc(size);
    if (traffic->pattern == NULL) return -ENOMEM;
    for (size_t i = 0; i < size; ++i) {
        traffic->pattern[i] = (char)(random_at(~traffic->seed, i % kPeriod) & 0x7f);
    }
    return 0;
}

void traffic_close(struct traffic* traffic) {
    free(traffic->pattern);
}

const char* pattern_at(const struct traffic* traffic, uint32_t connection, uint64_t offset) {
    const uint64_t start = (uint64_t)connection * kConnectionStep;
    return traffic->pattern + (start + offset) % kPeriod;
}

static unsigned highest_bit(uint64_t value) {
    unsigned bit = 0;
    while (value >>= 1)
        ++bit;
    return bit;
}

uint64_t message_size(const struct traffic* traffic, uint64_t message) {
    if (message == 0) return traffic->smallest;
    if (message == 1) return traffic->largest;
    if (traffic->smallest == traffic->largest) return traffic->largest;
    const unsigned low = highest_bit(traffic->smallest);
    const unsigned high = highest_bit(traffic->largest - 1);
    const uint64_t random = random_at(traffic->seed, message);
    /* A doubling, then a size in it: the upper half of the bits for one, the lower for the other */
    const unsigned bit = low + (unsigned)((random >> 32) % (high - low + 1));
    const uint64_t power = UINT64_C(1) << bit;
    const uint64_t size = power + (random & UINT32_MAX) % power;
    if (size < traffic->smallest) return traffic->smallest;
    return size > traffic->largest ? traffic->largest : size;
}
