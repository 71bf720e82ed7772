/* SPDX-License-Identifier: MIT */
#include "histogram.h"

#include <stddef.h>

enum { kFine = 1 << kHistogramFineBits };

/* Below 32 the value itself. From there each doubling has 32 buckets: the position of the highest
 * bit, and the five bits after it. */
static size_t bucket_of(uint64_t value) {
    unsigned shift = 0;
    while (value >> shift >= 2 * kFine)
        ++shift;
    return ((size_t)shift << kHistogramFineBits) + (size_t)(value >> shift);
}

static uint64_t most_in_bucket(size_t bucket) {
    if (bucket < 2 * kFine) return bucket;
    const unsigned shift = (unsigned)(bucket >> kHistogramFineBits) - 1;
    const uint64_t first = (uint64_t)(bucket - ((size_t)shift << kHistogramFineBits)) << shift;
    return first + (UINT64_C(1) << shift) - 1;
}

void histogram_add(struct histogram* histogram, int64_t nanoseconds) {
    const uint64_t value = nanoseconds < 0 ? 0 : (uint64_t)nanoseconds;
    ++histogram->counts[bucket_of(value)];
    ++histogram->total;
}

int64_t histogram_percentile(const struct histogram* histogram, double share) {
    const double wanted = share * (double)histogram->total;
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < kHistogramBuckets; ++bucket) {
        seen += histogram->counts[bucket];
        if (seen > 0 && (double)seen >= wanted) return (int64_t)most_in_bucket(bucket);
    }
    return 0;
}
