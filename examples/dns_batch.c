/* SPDX-License-Identifier: MIT */
/* Resolves many names at once and shows how far it is.
 *
 * Names come from the command line, from files, or from both. So many lookups are under way at a
 * time, no more; each that ends starts the next. A timer redraws the progress line, and SIGINT
 * takes back what has not begun.
 */
#include <pollux/pollux.h>

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NANOSECONDS_PER_SECOND INT64_C(1000000000)
#define PROGRESS_PERIOD (NANOSECONDS_PER_SECOND / 10)

enum { kMostConcurrent = 512, kExitFailed = 1, kExitUsage = 2, kExitInterrupted = 130 };

struct batch;

struct lookup {
    struct batch* batch;
    char* name;
    plx_handle handle; /* 0 unless it is under way */
};

struct batch {
    plx_loop* loop;
    uint32_t family;
    uint32_t concurrency;
    bool shows_progress;

    struct lookup* lookups;
    size_t count, capacity;

    size_t started, under_way;
    size_t resolved, failed, addresses;
    int64_t began_at;
    bool is_interrupted;
};

/* Errors --------------------------------------------------------------------------------------- */

_Noreturn __attribute__((format(printf, 2, 3))) static void die(int status, const char* format,
                                                                ...) {
    va_list arguments;
    fflush(stdout);
    fputs("dns_batch: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

static void check(int rc, const char* what) {
    if (rc < 0) die(kExitFailed, "cannot %s: %s", what, plx_strerror(rc));
}

/* Names ---------------------------------------------------------------------------------------- */

static void add_name(struct batch* batch, const char* name) {
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity == 0 ? 64 : batch->capacity * 2;
        batch->lookups = realloc(batch->lookups, batch->capacity * sizeof *batch->lookups);
        if (batch->lookups == NULL) die(kExitFailed, "no memory");
    }
    struct lookup* lookup = &batch->lookups[batch->count++];
    *lookup = (struct lookup){.batch = batch, .name = strdup(name)};
    if (lookup->name == NULL) die(kExitFailed, "no memory");
}

/* One name a line; what follows a # is left out, and so is the space around a name. */
static void add_names_of(struct batch* batch, const char* path) {
    const bool is_standard_input = strcmp(path, "-") == 0;
    FILE* file = is_standard_input ? stdin : fopen(path, "r");
    if (file == NULL) die(kExitFailed, "cannot open '%s': %s", path, plx_strerror(-errno));
    char* line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) >= 0) {
        line[strcspn(line, "#\r\n")] = '\0';
        char* name = line + strspn(line, " \t");
        name[strcspn(name, " \t")] = '\0';
        if (*name != '\0') add_name(batch, name);
    }
    if (ferror(file)) die(kExitFailed, "cannot read '%s': %s", path, plx_strerror(-errno));
    free(line);
    if (!is_standard_input) fclose(file);
}

/* Progress ------------------------------------------------------------------------------------- */

static double seconds_since(const struct batch* batch) {
    return (double)(plx_loop_update_now(batch->loop) - batch->began_at) / NANOSECONDS_PER_SECOND;
}

static void erase_progress(const struct batch* batch) {
    if (batch->shows_progress) fputs("\r\033[K", stderr);
}

static void draw_progress(const struct batch* batch) {
    if (!batch->shows_progress) return;
    fprintf(stderr, "\r\033[K  %zu of %zu names, %zu failed, %zu under way, %.1f s",
            batch->resolved + batch->failed, batch->count, batch->failed, batch->under_way,
            seconds_since(batch));
    fflush(stderr);
}

static void on_tick(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop;
    (void)handle;
    draw_progress(user);
}

/* Lookups -------------------------------------------------------------------------------------- */

static void print_address(const plx_address* address) {
    char text[INET6_ADDRSTRLEN];
    const int family = address->family == PLX_ADDRESS_IPV6 ? AF_INET6 : AF_INET;
    if (inet_ntop(family, address->bytes, text, sizeof text) == NULL) return;
    printf(" %s", text);
    if (address->scope_id != 0) printf("%%%u", (unsigned)address->scope_id);
}

static const char* describe(int status) {
    switch (status) {
        case -ENOENT:
            return "no such name, or no such address";
        case -EAGAIN:
            return "no answer, try again later";
        case -EIO:
            return "the resolver failed";
        default:
            return plx_strerror(status);
    }
}

static void print_result(const struct batch* batch, const char* name, int status,
                         const plx_address* list, size_t count) {
    erase_progress(batch);
    printf("%s:", name);
    if (status < 0) printf(" %s, %s", plx_error_name(status), describe(status));
    for (size_t i = 0; i < count; ++i)
        print_address(&list[i]);
    putchar('\n');
}

static void start_lookups(struct batch* batch);

static void on_resolved(plx_loop* loop, plx_handle handle, int status, const plx_address* list,
                        size_t count, void* user) {
    (void)loop;
    (void)handle;
    struct lookup* lookup = user;
    struct batch* batch = lookup->batch;
    lookup->handle = 0;
    --batch->under_way;
    if (status == -ECANCELED) return;
    *(status == 0 ? &batch->resolved : &batch->failed) += 1;
    batch->addresses += count;
    print_result(batch, lookup->name, status, list, count);
    start_lookups(batch);
}

static void start_lookups(struct batch* batch) {
    while (batch->under_way < batch->concurrency && batch->started < batch->count &&
           !batch->is_interrupted) {
        struct lookup* lookup = &batch->lookups[batch->started++];
        check(plx_resolve_start(batch->loop, &lookup->handle, lookup->name, NULL, batch->family,
                                on_resolved, lookup),
              "start a lookup");
        ++batch->under_way;
    }
}

/* What is being looked up cannot be taken back: its answer, or the resolver's patience, ends it. */
static void on_interrupt(plx_loop* loop, plx_handle handle, int signo, void* user) {
    (void)signo;
    struct batch* batch = user;
    batch->is_interrupted = true;
    for (size_t i = 0; i < batch->started; ++i) {
        if (batch->lookups[i].handle != 0) plx_close(loop, batch->lookups[i].handle);
    }
    /* The second time the signal does what it does without us. */
    plx_close(loop, handle);
}

/* Running -------------------------------------------------------------------------------------- */

static void open_loop(struct batch* batch, const char* backend_name) {
    plx_loop_options options = PLX_LOOP_OPTIONS_INIT;
    if (plx_backend_from_name(backend_name, &options.backend) < 0) {
        die(kExitUsage, "there is no backend '%s'; the names are auto, epoll, kqueue and poll",
            backend_name);
    }
    /* Names take half of the threads at most. */
    options.work_threads = 2 * batch->concurrency;
    const int rc = plx_loop_create(&batch->loop, &options);
    if (rc == -ENOTSUP) {
        die(kExitFailed, "the backend '%s' does not work on this system", backend_name);
    }
    check(rc, "create a loop");
}

/* The loop ends when the last lookup has ended: neither the timer nor the signal keeps it alive. */
static void run(struct batch* batch) {
    plx_handle ticks = 0;
    plx_handle interrupt = 0;
    check(plx_signal_start(batch->loop, &interrupt, SIGINT, on_interrupt, batch), "watch SIGINT");
    check(plx_timer_start(batch->loop, &ticks, PROGRESS_PERIOD, PROGRESS_PERIOD, on_tick, batch),
          "start a timer");
    plx_unref(batch->loop, interrupt);
    plx_unref(batch->loop, ticks);
    batch->began_at = plx_loop_update_now(batch->loop);
    start_lookups(batch);
    draw_progress(batch);
    check(plx_loop_run(batch->loop, PLX_RUN_DEFAULT), "run the loop");
    erase_progress(batch);
}

static void print_summary(const struct batch* batch) {
    const double seconds = seconds_since(batch);
    const size_t ended = batch->resolved + batch->failed;
    printf("summary names=%zu resolved=%zu failed=%zu unanswered=%zu addresses=%zu ", batch->count,
           batch->resolved, batch->failed, batch->count - ended, batch->addresses);
    printf("seconds=%.3f names_per_second=%.0f backend=%s\n", seconds,
           seconds > 0 ? (double)ended / seconds : 0,
           plx_backend_name(plx_loop_backend(batch->loop)));
}

static void close_batch(struct batch* batch) {
    plx_loop_destroy(batch->loop);
    for (size_t i = 0; i < batch->count; ++i)
        free(batch->lookups[i].name);
    free(batch->lookups);
}

/* Command line --------------------------------------------------------------------------------- */

_Noreturn static void print_help(void) {
    puts(
        "usage: dns_batch [options] [name...]\n"
        "Resolves many names at once and shows how far it is.\n\n"
        "  --file PATH        names, one a line, # begins a comment; - is standard input\n"
        "  --concurrency N    lookups under way at the same time (16)\n"
        "  --family 4|6       only such addresses (both)\n"
        "  --backend NAME     of the loop: auto, epoll, kqueue, poll (auto)\n"
        "  --progress         the progress line even if stderr is no terminal\n"
        "  --help             this text\n\n"
        "Ends with 0 if all names were resolved, 1 if some were not, 130 if interrupted.");
    exit(fflush(stdout) == 0 ? 0 : kExitFailed);
}

static uint32_t number_of(const char* option, const char* text, long least, long most) {
    char* end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < least || number > most) {
        die(kExitUsage, "%s needs a number from %ld to %ld, not '%s'", option, least, most, text);
    }
    return (uint32_t)number;
}

static void read_option(struct batch* batch, const char** backend, const char* option,
                        const char* value) {
    if (strcmp(option, "--file") == 0) {
        add_names_of(batch, value);
    } else if (strcmp(option, "--concurrency") == 0) {
        batch->concurrency = number_of(option, value, 1, kMostConcurrent);
    } else if (strcmp(option, "--backend") == 0) {
        *backend = value;
    } else if (strcmp(option, "--family") != 0) {
        die(kExitUsage, "there is no option '%s'; --help lists them", option);
    } else if (strcmp(value, "4") == 0 || strcmp(value, "6") == 0) {
        batch->family = *value == '4' ? PLX_ADDRESS_IPV4 : PLX_ADDRESS_IPV6;
    } else {
        die(kExitUsage, "--family needs 4 or 6, not '%s'", value);
    }
}

static const char* read_command_line(struct batch* batch, int argc, char** argv) {
    static const char* const with_value[] = {"--file", "--concurrency", "--family", "--backend"};
    const char* backend = "auto";
    for (int i = 1; i < argc; ++i) {
        const char* argument = argv[i];
        bool has_value = false;
        for (size_t k = 0; k < sizeof with_value / sizeof *with_value; ++k)
            has_value |= strcmp(argument, with_value[k]) == 0;
        if (strcmp(argument, "--help") == 0) print_help();
        if (strcmp(argument, "--progress") == 0) {
            batch->shows_progress = true;
        } else if (strncmp(argument, "-", 1) != 0) {
            add_name(batch, argument);
        } else if (has_value && i + 1 == argc) {
            die(kExitUsage, "%s needs a value", argument);
        } else {
            read_option(batch, &backend, argument, has_value ? argv[++i] : "");
        }
    }
    if (batch->count == 0) die(kExitUsage, "no names; give some, or --file; --help says more");
    return backend;
}

int main(int argc, char** argv) {
    struct batch batch = {.concurrency = 16, .shows_progress = isatty(STDERR_FILENO) == 1};
    const char* backend = read_command_line(&batch, argc, argv);
    open_loop(&batch, backend);
    run(&batch);
    print_summary(&batch);
    const bool is_interrupted = batch.is_interrupted;
    const bool is_complete = batch.resolved == batch.count;
    close_batch(&batch);
    if (fflush(stdout) != 0) die(kExitFailed, "cannot write the results");
    if (is_interrupted) return kExitInterrupted;
    return is_complete ? 0 : kExitFailed;
}
