/* SPDX-License-Identifier: MIT */
#include "top_view.h"

#include <stdio.h>

enum {
    kLinesPerHeading = 20,
    kAllRows = 34, /* with an empty line between the parts */
    kMostBar = 60,
    kTextSize = 24,
};

struct text {
    char bytes[kTextSize];
};

static unsigned long long number(uint64_t value) {
    return (unsigned long long)value;
}

/* Four digits at most are worth to be read. */
static struct text rate_text(double rate) {
    struct text text;
    if (rate < 100) {
        snprintf(text.bytes, sizeof text.bytes, "%.1f", rate);
    } else if (rate < 1e5) {
        snprintf(text.bytes, sizeof text.bytes, "%.0f", rate);
    } else if (rate < 1e7) {
        snprintf(text.bytes, sizeof text.bytes, "%.0f k", rate / 1e3);
    } else {
        snprintf(text.bytes, sizeof text.bytes, "%.0f M", rate / 1e6);
    }
    return text;
}

static struct text time_text(double nanoseconds) {
    static const char* const units[] = {"ns", "us", "ms", "s"};
    struct text text;
    int unit = 0;
    for (; nanoseconds >= 1000 && unit < 3; ++unit)
        nanoseconds /= 1000;
    const int digits = unit == 0 || nanoseconds >= 100 ? 0 : nanoseconds >= 10 ? 1 : 2;
    snprintf(text.bytes, sizeof text.bytes, "%.*f %s", digits, nanoseconds, units[unit]);
    return text;
}

/* Drawing -------------------------------------------------------------------------------------- */

static void put_heading(const char* text) {
    put_style(kDim);
    put("%s", text);
    end_line();
}

static void end_part(const struct view* view) {
    if (view->terminal.rows >= kAllRows) end_line();
}

static int bar_columns(void) {
    const int left = columns_left() - 1;
    return left < kMostBar ? left : kMostBar;
}

static void draw_title(const struct view* view, const struct sample* sample) {
    put_style(kBold);
    put(" top");
    put_style(kPlain);
    put("  a loop over %s", view->backend);
    put_style(kDim);
    put("  for %.1f s, every %lld ms, %s", sample->seconds, (long long)view->interval_ms,
        view->how_to_end);
    end_line();
    end_part(view);
}

static void draw_busy(const struct view* view, const struct sample* sample) {
    const double busy = sample->busy;
    put_heading("                  now    average");
    put_style(kDim);
    put(" %-12s", "busy");
    put_style(kBold);
    put("%7.1f %%", busy * 100);
    put_style(kPlain);
    put("%9.1f %%  ", sample->busy_average * 100);
    put_style(busy < 0.6 ? kGood : busy < 0.85 ? kHigh : kBad);
    put_bar(busy, bar_columns());
    end_line();
    put_style(kDim);
    put(" %-12s", "idle");
    put_style(kPlain);
    put("%7.1f %%%9.1f %%", (1 - busy) * 100, (1 - sample->busy_average) * 100);
    end_line();
    end_part(view);
}

/* The newest is at the right end, where the eye is. */
static void draw_history(const struct sample* sample, enum rate rate) {
    const double* history = sample->history[rate];
    const int columns = bar_columns();
    int shown = sample->history_size < columns ? sample->history_size : columns;
    double most = 0;
    for (int i = 0; i < shown; ++i)
        most = history[i] > most ? history[i] : most;
    put_spaces(columns - shown);
    put_style(most > 0 ? kMarked : kDim);
    while (shown-- > 0)
        put_level(most > 0 ? history[shown] / most : 0);
}

static void draw_rates(const struct view* view, const struct sample* sample) {
    put_heading(" per second");
    for (int i = 0; i < kRates; ++i) {
        put(" %-12s", rate_names[i]);
        put_style(kBold);
        put("%9s", rate_text(sample->rates[i]).bytes);
        put_style(kPlain);
        put("%11s  ", rate_text(sample->averages[i]).bytes);
        draw_history(sample, (enum rate)i);
        end_line();
    }
    end_part(view);
}

static void put_count(const char* name, uint64_t count) {
    put_style(kDim);
    put("%s ", name);
    put_style(kPlain);
    put("%llu   ", number(count));
}

static void draw_handles(const struct view* view, const plx_loop_stats* stats) {
    put(" %-12s", "handles");
    put_count("i/o", stats->io_handles);
    put_count("timers", stats->timer_handles);
    put_count("set", stats->active_timers);
    put_count("signals", stats->signal_handles);
    put_count("children", stats->child_handles);
    put_count("work", stats->work_handles);
    end_line();
    put(" %-12s", "pool");
    put_count("queued", stats->work_queued);
    put_count("running", stats->work_running);
    put_count("threads", stats->work_threads);
    end_line();
    end_part(view);
}

static void draw_kinds(const struct view* view, const struct sample* sample) {
    const double total = (double)sample->trace.total_ns;
    put_heading(" callback         mean    slowest  share of their time");
    for (int i = PLX_KIND_IO; i < kKinds; ++i) {
        const struct kind_times* kind = &sample->trace.kinds[i];
        if (kind->count == 0 && i == PLX_KIND_CHILD) continue;
        const double mean = kind->count == 0 ? 0 : (double)kind->total_ns / (double)kind->count;
        put(" %-12s%9s%11s  ", kind_name((uint64_t)i), time_text(mean).bytes,
            time_text((double)kind->slowest_ns).bytes);
        put_style(kMarked);
        put_bar(total > 0 ? (double)kind->total_ns / total : 0, bar_columns());
        end_line();
    }
    put_style(kDim);
    put(" slowest of all: ");
    put_style(kBold);
    put("%s", time_text((double)sample->stats.slowest_callback_ns).bytes);
    put_style(kPlain);
    put(", %s", kind_name(sample->stats.slowest_callback_kind));
    end_line();
    end_part(view);
}

static void draw_classes(const struct sample* sample) {
    static const char* const names[kClasses] = {"below 1 us", "1 us", "10 us",
                                                "100 us",     "1 ms", "from 10 ms"};
    double total = 0;
    for (int i = 0; i < kClasses; ++i)
        total += (double)sample->trace.classes[i];
    put_heading(" took        callbacks               share of all");
    for (int i = 0; i < kClasses; ++i) {
        const double part = (double)sample->trace.classes[i];
        put(" %-12s%9llu%9.1f %%  ", names[i], number(sample->trace.classes[i]),
            total > 0 ? part / total * 100 : 0);
        put_style(kMarked);
        put_bar(total > 0 ? part / total : 0, bar_columns());
        end_line();
    }
}

bool draw_sample(struct view* view, const struct sample* sample) {
    begin_picture(&view->terminal);
    draw_title(view, sample);
    draw_busy(view, sample);
    draw_rates(view, sample);
    draw_handles(view, &sample->stats);
    draw_kinds(view, sample);
    draw_classes(sample);
    return end_picture();
}

/* Lines ---------------------------------------------------------------------------------------- */

bool print_sample(struct view* view, const struct sample* sample) {
    const double* rates = sample->rates;
    if (view->lines++ % kLinesPerHeading == 0) {
        printf("%8s %6s %12s %10s %10s %10s %10s %7s %8s\n", "seconds", "busy%", "iterations/s",
               "io/s", "timers/s", "posts/s", "work/s", "queued", "running");
    }
    printf("%8.1f %6.1f %12.0f %10.0f %10.0f %10.0f %10.0f %7llu %8llu\n", sample->seconds,
           sample->busy * 100, rates[kIterations], rates[kIoEvents], rates[kTimers], rates[kPosts],
           rates[kWork], number(sample->stats.work_queued), number(sample->stats.work_running));
    return fflush(stdout) == 0;
}

bool print_summary(const struct view* view, const struct sample* sample) {
    const plx_loop_stats* stats = &sample->stats;
    printf("summary seconds=%.1f iterations=%llu io_events=%llu timers_fired=%llu posts=%llu ",
           sample->seconds, number(stats->iterations), number(stats->io_events),
           number(stats->timers_fired), number(stats->posts));
    printf("work_done=%llu wakes=%llu busy=%.1f%% slowest_ns=%lld slowest_kind=%s backend=%s\n",
           number(stats->work_done), number(stats->wakes), sample->busy_average * 100,
           (long long)stats->slowest_callback_ns, kind_name(stats->slowest_callback_kind),
           view->backend);
    return fflush(stdout) == 0;
}
