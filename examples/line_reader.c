/* SPDX-License-Identifier: MIT */
#include "line_reader.h"

#include <stdlib.h>
#include <string.h>

/* Room for the line, a carriage return before its end, and the 0. */
bool line_reader_open(struct line_reader* reader, size_t limit) {
    *reader = (struct line_reader){.line = malloc(limit + 2), .limit = limit};
    return reader->line != NULL;
}

void line_reader_close(struct line_reader* reader) {
    free(reader->line);
    reader->line = NULL;
}

static void begin_line(struct line_reader* reader) {
    reader->size = 0;
    reader->is_whole = false;
    reader->is_too_long = false;
}

static void append(struct line_reader* reader, const char* data, size_t size) {
    if (size > reader->limit + 1 - reader->size) reader->is_too_long = true;
    if (reader->is_too_long) return;
    memcpy(reader->line + reader->size, data, size);
    reader->size += size;
}

static enum line_result end_line(struct line_reader* reader) {
    reader->is_whole = true;
    if (reader->size > 0 && reader->line[reader->size - 1] == '\r') --reader->size;
    reader->line[reader->size] = '\0';
    return reader->is_too_long || reader->size > reader->limit ? kLineTooLong : kLineWhole;
}

enum line_result take_line(struct line_reader* reader, struct piece* piece) {
    if (reader->is_whole) begin_line(reader);
    if (piece->size == 0) return kLineUnfinished;
    const char* end = memchr(piece->data, '\n', piece->size);
    const size_t part = end == NULL ? piece->size : (size_t)(end - piece->data);
    append(reader, piece->data, part);
    const size_t taken = end == NULL ? part : part + 1;
    piece->data += taken;
    piece->size -= taken;
    return end == NULL ? kLineUnfinished : end_line(reader);
}

enum line_result take_last_line(struct line_reader* reader) {
    if (reader->is_whole) begin_line(reader);
    if (reader->size == 0 && !reader->is_too_long) return kLineUnfinished;
    return end_line(reader);
}
