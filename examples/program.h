/* SPDX-License-Identifier: MIT */
/* What the programs need and what is not about sockets: the command line, errors, the clock,
 * and ending on a signal. */
#ifndef EXAMPLES_PROGRAM_H
#define EXAMPLES_PROGRAM_H

#include <pollux/pollux.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NANOSECONDS_PER_SECOND INT64_C(1000000000)

/* One option of the command line. It has either a number or a text or, with neither, is a flag. */
struct option {
    const char* name;     /* "--port" */
    const char* argument; /* what stands for its value in the help text; NULL for a flag */
    const char* help;
    int64_t* number; /* set to a number from least to most */
    int64_t least;
    int64_t most;
    const char** text;
    bool* flag;
};

/* Reads the command line into the targets of the options. --help is answered here. What is wrong is
 * said on stderr, with exit status 2. */
void read_options(const char* name, const char* summary, const struct option* options, size_t count,
                  int argc, char** argv);

/* Prints "<program>: <text>" on stderr and exits. The second one is for a wrong command line. */
_Noreturn void die(const char* format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_of_usage(const char* format, ...) __attribute__((format(printf, 1, 2)));

int64_t monotonic_ns(void);

/* A poller with the backend of that name. Exits with a clear message where there is none. */
plx_poller* open_poller(const char* backend_name);

/* The same for a loop. */
plx_loop* open_loop(const char* backend_name);

/* From now on SIGINT and SIGTERM wake the poller and make stop_requested() true. */
void stop_on_signals(plx_poller* poller);
bool stop_requested(void);

/* To be called before the poller is destroyed: a late signal shall not touch it. */
void forget_stop_signals(void);

#endif
