/* SPDX-License-Identifier: MIT */
/* Durations, counted in buckets that are 1/32 wide of what they hold: percentiles to 3 %. */
#ifndef EXAMPLES_HISTOGRAM_H
#define EXAMPLES_HISTOGRAM_H

#include <stdint.h>

enum {
    kHistogramFineBits = 5,
    kHistogramBuckets = (64 - kHistogramFineBits) << kHistogramFineBits
};

struct histogram {
    uint64_t counts[kHistogramBuckets];
    uint64_t total;
};

void histogram_add(struct histogram* histogram, int64_t nanoseconds);

/* What the given share (0.5: half) took at the most; 0 without any. */
int64_t histogram_percentile(const struct histogram* histogram, double share);

#endif
