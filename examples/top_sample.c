/* SPDX-License-Identifier: MIT */
#include "top_sample.h"

#include "program.h"

#include <string.h>

const char* const rate_names[kRates] = {
    "iterations", "i/o events", "timers", "posts", "signals", "work done", "wakes", "changes",
};

const char* kind_name(uint64_t kind) {
    static const char* const names[kKinds] = {"none",  "io",   "timer", "signal",
                                              "child", "work", "post"};
    return kind < kKinds ? names[kind] : "?";
}

static int class_of(int64_t nanoseconds) {
    int class = 0;
    for (int64_t limit = 1000; nanoseconds >= limit && class < kClasses - 1; limit *= 10)
        ++class;
    return class;
}

static void on_callback(plx_loop* loop, const plx_trace_event* event, void* user) {
    (void)loop;
    struct trace* trace = user;
    struct kind_times* kind = &trace->kinds[event->kind < kKinds ? event->kind : PLX_KIND_NONE];
    ++kind->count;
    kind->total_ns += event->duration_ns;
    if (event->duration_ns > kind->slowest_ns) kind->slowest_ns = event->duration_ns;
    ++trace->classes[class_of(event->duration_ns)];
    trace->total_ns += event->duration_ns;
}

void start_sampling(plx_loop* loop, struct sample* sample) {
    memset(sample, 0, sizeof *sample);
    sample->stats = (plx_loop_stats)PLX_LOOP_STATS_INIT;
    sample->began_at = sample->taken_at = monotonic_ns();
    plx_loop_trace(loop, on_callback, &sample->tracing);
}

static void count(const plx_loop_stats* stats, double* counts) {
    counts[kIterations] = (double)stats->iterations;
    counts[kIoEvents] = (double)stats->io_events;
    counts[kTimers] = (double)stats->timers_fired;
    counts[kPosts] = (double)stats->posts;
    counts[kSignals] = (double)stats->signals;
    counts[kWork] = (double)stats->work_done;
    counts[kWakes] = (double)stats->wakes;
    counts[kChanges] = (double)stats->interest_changes;
}

static double share(double part, double rest) {
    return part + rest > 0 ? part / (part + rest) : 0;
}

static void compute_rates(struct sample* sample, const plx_loop_stats* before) {
    double then[kRates], now[kRates];
    count(before, then);
    count(&sample->stats, now);
    for (int i = 0; i < kRates; ++i) {
        double* history = sample->history[i];
        sample->rates[i] = sample->interval > 0 ? (now[i] - then[i]) / sample->interval : 0;
        sample->averages[i] = sample->seconds > 0 ? now[i] / sample->seconds : 0;
        memmove(history + 1, history, (kHistory - 1) * sizeof *history);
        history[0] = sample->rates[i];
    }
    if (sample->history_size < kHistory) ++sample->history_size;
}

void take_sample(plx_loop* loop, struct sample* sample) {
    const plx_loop_stats before = sample->stats;
    const int64_t now = monotonic_ns();
    plx_loop_stats_get(loop, &sample->stats);
    sample->interval = (double)(now - sample->taken_at) / NANOSECONDS_PER_SECOND;
    sample->seconds = (double)(now - sample->began_at) / NANOSECONDS_PER_SECOND;
    sample->taken_at = now;
    sample->busy = share((double)(sample->stats.busy_ns - before.busy_ns),
                         (double)(sample->stats.idle_ns - before.idle_ns));
    sample->busy_average = share((double)sample->stats.busy_ns, (double)sample->stats.idle_ns);
    compute_rates(sample, &before);
    sample->trace = sample->tracing;
    memset(&sample->tracing, 0, sizeof sample->tracing);
}
