/* SPDX-License-Identifier: MIT */
/* Lines out of a stream that comes in pieces, none longer than a limit. */
#ifndef EXAMPLES_LINE_READER_H
#define EXAMPLES_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>

struct line_reader {
    char* line; /* the last line, or the part of it that has come */
    size_t size;
    size_t limit;
    bool is_whole;
    bool is_too_long; /* the rest of the line is left out */
};

/* What has been received and is not yet taken. */
struct piece {
    const char* data;
    size_t size;
};

enum line_result { kLineUnfinished, kLineWhole, kLineTooLong };

/* False: no memory. */
bool line_reader_open(struct line_reader* reader, size_t limit);
void line_reader_close(struct line_reader* reader);

/* Takes up to the next line end; of kLineWhole `line` is the text then, without the line end and
 * with a 0 behind it, until the next call. */
enum line_result take_line(struct line_reader* reader, struct piece* piece);

/* The stream has ended: what has come of a last line without an end. */
enum line_result take_last_line(struct line_reader* reader);

#endif
