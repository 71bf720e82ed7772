/* SPDX-License-Identifier: MIT */
/* The table of top: drawn on a terminal, or a line for each sample. */
#ifndef EXAMPLES_TOP_VIEW_H
#define EXAMPLES_TOP_VIEW_H

#include "terminal.h"
#include "top_sample.h"

struct view {
    const char* backend;
    const char* how_to_end;
    int64_t interval_ms;
    struct terminal terminal;
    uint64_t lines; /* printed */
};

/* False: nobody sees it. */
bool draw_sample(struct view* view, const struct sample* sample);
bool print_sample(struct view* view, const struct sample* sample);
bool print_summary(const struct view* view, const struct sample* sample);

#endif
