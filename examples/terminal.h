/* SPDX-License-Identifier: MIT */
/* A terminal that is drawn on, and found as it was afterwards. A picture is put together line by
 * line, cut to the size of the terminal, and written at once, over the last one. */
#ifndef EXAMPLES_TERMINAL_H
#define EXAMPLES_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum style { kPlain, kDim, kBold, kGood, kHigh, kBad, kMarked };

struct terminal {
    bool has_styles; /* no NO_COLOR */
    bool has_utf8;
    int columns;
    int rows;
    bool is_open;
};

/* Is there a terminal at standard output that can be drawn on? */
bool can_draw(void);

/* Reads the environment and the size; for a picture that goes elsewhere the size is 80 x 24. */
void measure_terminal(struct terminal* terminal);

/* Until close_terminal(), which exit() calls too, the screen is ours, and keys come at once and are
 * not shown. */
void open_terminal(struct terminal* terminal);
void close_terminal(void);

/* A picture. */
void begin_picture(struct terminal* terminal);
void put(const char* format, ...) __attribute__((format(printf, 1, 2)));
void put_style(enum style style);
void put_bar(double share, int columns); /* 0 to 1 of so many columns */
void put_level(double share);            /* one column, 0 to 1 of its height */
void put_spaces(int columns);
int columns_left(void);
void end_line(void);

/* False: nobody sees it. */
bool end_picture(void);

#endif
