/* SPDX-License-Identifier: MIT */
/* What a loop has done between two looks: its statistics, and a trace of each callback. */
#ifndef EXAMPLES_TOP_SAMPLE_H
#define EXAMPLES_TOP_SAMPLE_H

#include <pollux/pollux.h>

#include <stdint.h>

enum {
    kKinds = 7,   /* PLX_KIND_NONE to PLX_KIND_POST */
    kClasses = 6, /* callbacks below 1 us, 10 us, 100 us, 1 ms, 10 ms, and the others */
    kHistory = 240
};

enum rate { kIterations, kIoEvents, kTimers, kPosts, kSignals, kWork, kWakes, kChanges, kRates };

struct kind_times {
    uint64_t count;
    int64_t total_ns;
    int64_t slowest_ns;
};

struct trace {
    struct kind_times kinds[kKinds];
    uint64_t classes[kClasses];
    int64_t total_ns;
};

struct sample {
    plx_loop_stats stats; /* since the loop began */
    double seconds;       /* so long it has been */
    double interval;      /* seconds since the last look */
    double busy;          /* share of the interval, 0 to 1 */
    double busy_average;
    double rates[kRates]; /* a second, in the interval */
    double averages[kRates];
    double history[kRates][kHistory]; /* of the rates; the newest first */
    int history_size;
    struct trace trace; /* of the interval */
    struct trace tracing;
    int64_t began_at;
    int64_t taken_at;
};

extern const char* const rate_names[kRates];

/* From now on the loop is traced into the sample. */
void start_sampling(plx_loop* loop, struct sample* sample);

/* Not in a callback: that would be measured too. */
void take_sample(plx_loop* loop, struct sample* sample);

/* "io", "timer" and so on. */
const char* kind_name(uint64_t kind);

#endif
