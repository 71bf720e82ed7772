/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char* program_name = "program";

/* Errors --------------------------------------------------------------------------------------- */

_Noreturn static void exit_saying(int status, const char* format, va_list arguments) {
    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(status);
}

_Noreturn void die(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    exit_saying(1, format, arguments);
}

_Noreturn void die_of_usage(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    exit_saying(2, format, arguments);
}

/* Command line --------------------------------------------------------------------------------- */

_Noreturn static void print_help(const char* summary, const struct option* options, size_t count) {
    printf("usage: %s [options]\n%s\n\n", program_name, summary);
    for (size_t i = 0; i < count; ++i) {
        char left[40];
        const char* argument = options[i].argument == NULL ? "" : options[i].argument;
        snprintf(left, sizeof left, "%s %s", options[i].name, argument);
        printf("  %-22s %s\n", left, options[i].help);
    }
    printf("  %-22s %s\n", "--help", "this text");
    exit(fflush(stdout) == 0 ? 0 : 1);
}

static const struct option* find_option(const struct option* options, size_t count,
                                        const char* name) {
    for (size_t i = 0; i < count; ++i) {
        if (strcmp(options[i].name, name) == 0) return &options[i];
    }
    return NULL;
}

static void set_number(const struct option* option, const char* value) {
    char* end;
    errno = 0;
    const long long number = strtoll(value, &end, 10);
    const bool is_number = end != value && *end == '\0' && errno == 0;
    if (!is_number || number < option->least || number > option->most) {
        die_of_usage("%s needs a number from %lld to %lld, not '%s'", option->name,
                     (long long)option->least, (long long)option->most, value);
    }
    *option->number = number;
}

void read_options(const char* name, const char* summary, const struct option* options, size_t count,
                  int argc, char** argv) {
    program_name = name;
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--help") == 0) print_help(summary, options, count);
        const struct option* option = find_option(options, count, argv[i]);
        if (option == NULL) die_of_usage("there is no option '%s'; --help lists them", argv[i]);
        if (option->flag != NULL) {
            *option->flag = true;
            continue;
        }
        if (++i == argc) die_of_usage("%s needs a value: %s", option->name, option->argument);
        if (option->number != NULL) {
            set_number(option, argv[i]);
        } else {
            *option->text = argv[i];
        }
    }
}

/* Clock and poller ----------------------------------------------------------------------------- */

int64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

static uint32_t backend_named(const char* name) {
    uint32_t backend;
    if (plx_backend_from_name(name, &backend) < 0) {
        die_of_usage("there is no backend '%s'; the names are auto, epoll, kqueue and poll", name);
    }
    return backend;
}

static void check_created(int rc, const char* what, const char* backend_name) {
    if (rc == -ENOTSUP) die("the backend '%s' does not work on this system", backend_name);
    const char* narrowed = getenv("POLLUX_BACKEND");
    if (rc == -EINVAL && narrowed != NULL) {
        die_of_usage("there is no backend '%s', which POLLUX_BACKEND asks for", narrowed);
    }
    if (rc < 0) die("cannot create a %s (%s): %s", what, backend_name, plx_strerror(rc));
}

plx_poller* open_poller(const char* backend_name) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    options.backend = backend_named(backend_name);
    plx_poller* poller = NULL;
    check_created(plx_poller_create(&poller, &options), "poller", backend_name);
    return poller;
}

plx_loop* open_loop(const char* backend_name) {
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    options.backend = backend_named(backend_name);
    plx_loop* loop = NULL;
    check_created(plx_loop_create(&loop, &options), "loop", backend_name);
    return loop;
}

/* Ending --------------------------------------------------------------------------------------- */

static volatile sig_atomic_t is_stop_requested = 0;

/* Written before the handler is installed and never while it is. */
static plx_poller* poller_to_wake;

static void request_stop(int signal_number) {
    (void)signal_number;
    const int saved = errno;
    is_stop_requested = 1;
    plx_poller_wake(poller_to_wake);
    errno = saved;
}

static void handle_signals(void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void stop_on_signals(plx_poller* poller) {
    poller_to_wake = poller;
    handle_signals(request_stop);
}

bool stop_requested(void) {
    return is_stop_requested != 0;
}

void forget_stop_signals(void) {
    handle_signals(SIG_IGN);
}
