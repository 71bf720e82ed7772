/* SPDX-License-Identifier: MIT */
/* Runs a program on a terminal of its own and copies what it shows to standard output.
 *   on_terminal columns rows [step...] -- command...
 * Each step waits for a text that is shown, and acts: TEXT=keys types the keys, TEXT@15 sends that
 * signal, TEXT^120x40 changes the size. A program that stops is told to go on. Ends as the program
 * does; says on standard error if the terminal was not left as it was found. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
    kMostShown = 1 << 20,
    kGiveUpAfterSeconds = 60, /* only a program that hangs gets there */
};

static char shown[kMostShown];
static size_t shown_size, seen; /* what lies before `seen` belongs to earlier steps */
static int terminal;
static pid_t program;

_Noreturn static void fail(const char* what) {
    perror(what);
    exit(99);
}

static void set_size(int columns, int rows) {
    struct winsize size;
    memset(&size, 0, sizeof size);
    size.ws_col = (unsigned short)columns;
    size.ws_row = (unsigned short)rows;
    if (ioctl(terminal, TIOCSWINSZ, &size) != 0) fail("on_terminal: no size");
}

_Noreturn static void become(const char* name, char** command) {
    setsid();
    const int fd = open(name, O_RDWR);
    if (fd < 0) fail("on_terminal: no terminal");
    ioctl(fd, TIOCSCTTY, 0); /* on Linux the open has done that */
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    close(fd);
    close(terminal);
    execvp(command[0], command);
    fail(command[0]);
}

static void act(const char* step) {
    const size_t text = strcspn(step, "=@^");
    const char* argument = step + text + 1;
    int columns, rows;
    switch (step[text]) {
        case '=':
            if (write(terminal, argument, strlen(argument)) < 0) fail("on_terminal: no keys");
            break;
        case '@':
            kill(program, atoi(argument));
            break;
        default:
            if (sscanf(argument, "%dx%d", &columns, &rows) != 2) fail("on_terminal: no size");
            set_size(columns, rows);
    }
}

static bool is_due(const char* step) {
    const size_t size = strcspn(step, "=@^");
    for (size_t at = seen; at + size <= shown_size; ++at) {
        if (memcmp(shown + at, step, size) != 0) continue;
        seen = at + size;
        return true;
    }
    return false;
}

/* The other side of a terminal that nobody has open any more is an error on some systems. */
static bool receive_more(void) {
    if (shown_size == sizeof shown) fail("on_terminal: too much is shown");
    const ssize_t got = read(terminal, shown + shown_size, sizeof shown - shown_size);
    if (got <= 0) return false;
    fwrite(shown + shown_size, 1, (size_t)got, stdout);
    fflush(stdout);
    shown_size += (size_t)got;
    return true;
}

static bool has_ended(int* status) {
    if (waitpid(program, status, WNOHANG | WUNTRACED) != program) return false;
    if (!WIFSTOPPED(*status)) return true;
    kill(program, SIGCONT);
    return false;
}

int main(int argc, char** argv) {
    int next = 3, end = 3, status;
    while (end < argc && strcmp(argv[end], "--") != 0)
        ++end;
    if (end + 1 >= argc) fail("usage: on_terminal columns rows [step...] -- command");
    alarm(kGiveUpAfterSeconds);
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
        fail("on_terminal: no terminal");
    }
    const char* name = ptsname(terminal);
    const int keeper = open(name, O_RDWR | O_NOCTTY); /* it exists until we have looked at it */
    struct termios before, after;
    set_size(atoi(argv[1]), atoi(argv[2]));
    tcgetattr(keeper, &before);
    program = fork();
    if (program == 0) become(name, argv + end + 1);
    while (!has_ended(&status)) {
        struct pollfd entry = {terminal, POLLIN, 0};
        if (poll(&entry, 1, 50) > 0) receive_more();
        if (next < end && is_due(argv[next])) act(argv[next++]);
    }
    struct pollfd rest = {terminal, POLLIN, 0};
    while (poll(&rest, 1, 0) > 0 && receive_more())
        continue;
    tcgetattr(keeper, &after);
    if (before.c_lflag != after.c_lflag) {
        fputs("on_terminal: the terminal was not left as it was found\n", stderr);
        return 98;
    }
    if (next != end) fprintf(stderr, "on_terminal: '%s' was not shown\n", argv[next]);
    if (next != end) return 97;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
