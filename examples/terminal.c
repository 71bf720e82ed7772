/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <termios.h>
#include <unistd.h>

enum { kPictureSize = 1 << 16 };

static struct {
    struct terminal* terminal;
    char bytes[kPictureSize];
    size_t size;
    int row;
    int column;
} picture;

static struct termios termios_before;
static bool has_termios, is_screen_ours;

static bool write_all(const char* bytes, size_t size) {
    while (size > 0) {
        const ssize_t written = write(STDOUT_FILENO, bytes, size);
        if (written < 0 && errno == EAGAIN) {
            struct pollfd entry = {STDOUT_FILENO, POLLOUT, 0};
            poll(&entry, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            return false;
        } else if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

/* The terminal ------------------------------------------------------------------------------- */

static bool is_set(const char* name) {
    const char* value = getenv(name);
    return value != NULL && *value != '\0';
}

bool can_draw(void) {
    const char* type = getenv("TERM");
    return isatty(STDOUT_FILENO) == 1 && type != NULL && strcmp(type, "dumb") != 0;
}

static bool speaks_utf8(void) {
    static const char* const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; ++i) {
        if (!is_set(variables[i])) continue;
        const char* value = getenv(variables[i]);
        return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL;
    }
    return false;
}

void measure_terminal(struct terminal* terminal) {
    struct winsize size;
    terminal->has_styles = !is_set("NO_COLOR");
    terminal->has_utf8 = speaks_utf8();
    terminal->columns = 80;
    terminal->rows = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
        return;
    }
    terminal->columns = size.ws_col;
    terminal->rows = size.ws_row;
}

static void take_keys(void) {
    struct termios raw;
    if (tcgetattr(STDIN_FILENO, &termios_before) != 0) return;
    has_termios = true;
    raw = termios_before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

void close_terminal(void) {
    static const char text[] = "\033[0m\033[?25h\033[?1049l";
    if (!is_screen_ours) return;
    is_screen_ours = false;
    write_all(text, sizeof text - 1);
    if (has_termios) tcsetattr(STDIN_FILENO, TCSADRAIN, &termios_before);
}

/* The other screen, whose content nobody misses, and no cursor. */
void open_terminal(struct terminal* terminal) {
    static const char text[] = "\033[?1049h\033[?25l\033[2J";
    if (!terminal->is_open) atexit(close_terminal);
    terminal->is_open = true;
    is_screen_ours = true;
    take_keys();
    write_all(text, sizeof text - 1);
}

/* The picture ---------------------------------------------------------------------------------- */

static void append(const char* bytes, size_t size) {
    if (size > sizeof picture.bytes - picture.size) return;
    memcpy(picture.bytes + picture.size, bytes, size);
    picture.size += size;
}

static void append_text(const char* text) {
    append(text, strlen(text));
}

static bool is_cut(void) {
    return picture.row >= picture.terminal->rows;
}

int columns_left(void) {
    return picture.terminal->columns - picture.column;
}

/* A character of UTF-8 is a byte and what follows it with 10 as the highest bits. Only characters
 * that are one column wide are drawn here. */
static void put_text(const char* text) {
    while (*text != '\0' && columns_left() > 0 && !is_cut()) {
        size_t size = 1;
        while (((unsigned char)text[size] & 0xc0) == 0x80)
            ++size;
        append(text, size);
        text += size;
        ++picture.column;
    }
}

void begin_picture(struct terminal* terminal) {
    picture.terminal = terminal;
    picture.size = 0;
    picture.row = picture.column = 0;
    append_text("\033[H");
}

void put(const char* format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put_text(text);
}

void put_style(enum style style) {
    static const char* const codes[] = {
        [kPlain] = "\033[0m", [kDim] = "\033[2m",  [kBold] = "\033[1m",    [kGood] = "\033[32m",
        [kHigh] = "\033[33m", [kBad] = "\033[31m", [kMarked] = "\033[36m",
    };
    if (picture.terminal->has_styles && !is_cut()) append_text(codes[style]);
}

void put_spaces(int columns) {
    while (columns-- > 0)
        put_text(" ");
}

void put_bar(double share, int columns) {
    static const char* const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const double clean = share < 0 ? 0 : share > 1 ? 1 : share;
    const int total = (int)(clean * columns * 8 + 0.5);
    int used = 0;
    for (; used < total / 8; ++used)
        put_text(picture.terminal->has_utf8 ? "█" : "#");
    if (picture.terminal->has_utf8 && total % 8 != 0) {
        put_text(eighths[total % 8]);
        ++used;
    }
    put_spaces(columns - used);
}

void put_level(double share) {
    static const char* const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char* const signs[] = {"_", ".", "-", "=", "+", "*", "#", "@"};
    const double clean = share < 0 ? 0 : share > 1 ? 1 : share;
    const int level = (int)(clean * 7 + 0.5);
    put_text(picture.terminal->has_utf8 ? blocks[level] : signs[level]);
}

/* Erases what the last picture had there; in the last column that would erase the character. */
void end_line(void) {
    if (is_cut()) return;
    put_style(kPlain);
    if (columns_left() > 0) append_text("\033[K");
    picture.column = 0;
    if (++picture.row < picture.terminal->rows) append_text("\r\n");
}

bool end_picture(void) {
    if (!is_cut()) append_text("\033[J");
    return write_all(picture.bytes, picture.size);
}
