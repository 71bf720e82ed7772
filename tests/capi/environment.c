/* SPDX-License-Identifier: MIT */
/* The variable POLLUX_BACKEND: it narrows the automatic choice and nothing else, and a set-uid
 * program does not listen to it. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kIgnored = 10, kObeyed = 11, kNoEffect = 12 };

static const char kVariable[] = "POLLUX_BACKEND";

/* The backend that is taken, or a negated errno. */
static int create(uint32_t backend, uint32_t capabilities) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    plx_poller* poller = NULL;
    int rc;
    options.backend = backend;
    options.required_capabilities = capabilities;
    rc = plx_poller_create(&poller, &options);
    if (rc == 0) rc = (int)plx_poller_backend(poller);
    plx_poller_destroy(poller);
    return rc;
}

static void set(const char* value) {
    REQUIRE(setenv(kVariable, value, 1) == 0);
}

static void a_name_narrows_the_automatic_choice(uint32_t backend) {
    set(plx_backend_name(backend));
    CHECK_RESULT((int)backend, create(PLX_BACKEND_AUTO, 0));
    CHECK_RESULT(PLX_BACKEND_POLL, create(PLX_BACKEND_POLL, 0));
    if (!has_capability(backend, PLX_CAP_EDGE)) {
        CHECK_RESULT(-ENOTSUP, create(PLX_BACKEND_AUTO, PLX_CAP_EDGE));
    }
}

static void a_backend_that_is_not_here_is_an_error(void) {
    uint32_t ids[8];
    const size_t count = plx_backend_list(ids, 8);
    uint32_t backend;
    for (backend = 1; backend <= 3; ++backend) {
        size_t i = 0;
        while (i < count && ids[i] != backend)
            ++i;
        if (i < count) continue;
        set(plx_backend_name(backend));
        CHECK_RESULT(-ENOTSUP, create(PLX_BACKEND_AUTO, 0));
    }
}

static void an_unknown_name_is_an_error_of_the_automatic_choice_only(void) {
    static const char* const names[] = {"nonsense", "EPOLL", " poll", "poll ", "epoll,poll"};
    size_t i;
    for (i = 0; i < sizeof names / sizeof *names; ++i) {
        set(names[i]);
        CHECK_RESULT(-EINVAL, create(PLX_BACKEND_AUTO, 0));
        CHECK_RESULT(PLX_BACKEND_POLL, create(PLX_BACKEND_POLL, 0));
    }
    CHECK(plx_backend_list(NULL, 0) >= 1);
}

static void empty_and_auto_are_as_if_unset(int usual) {
    set("");
    CHECK_RESULT(usual, create(PLX_BACKEND_AUTO, 0));
    set("auto");
    CHECK_RESULT(usual, create(PLX_BACKEND_AUTO, 0));
}

/* What the set-uid copy of this program does: its exit code tells. */
static int report(void) {
    if (geteuid() == getuid()) return kNoEffect;
    return create(PLX_BACKEND_AUTO, 0) == -EINVAL ? kObeyed : kIgnored;
}

static void copy_program(const char* from, const char* to) {
    char buffer[65536];
    size_t count;
    FILE* in = fopen(from, "rb");
    FILE* out = fopen(to, "wb");
    REQUIRE(in != NULL && out != NULL);
    while ((count = fread(buffer, 1, sizeof buffer, in)) != 0) {
        REQUIRE(fwrite(buffer, 1, count, out) == count);
    }
    fclose(in);
    REQUIRE(fclose(out) == 0);
    REQUIRE(chmod(to, S_ISUID | 0755) == 0);
}

static int run_as_nobody(const char* program) {
    int status = 0;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
        execl(program, program, "report", (char*)NULL);
        _exit(1);
    }
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_set_uid_program_does_not_listen(const char* self) {
    char directory[] = "/tmp/pollux-environment-XXXXXX";
    char program[sizeof directory + 16];
    int verdict;
    if (geteuid() != 0) {
        puts("not tested: that a set-uid program ignores the variable (needs root)");
        return;
    }
    REQUIRE(mkdtemp(directory) != NULL && chmod(directory, 0755) == 0);
    snprintf(program, sizeof program, "%s/program", directory);
    copy_program(self, program);
    set("nonsense");
    verdict = run_as_nobody(program);
    unlink(program);
    rmdir(directory);
    if (verdict == kNoEffect) {
        puts(
            "not tested: that a set-uid program ignores the variable (set-uid has no effect here)");
        return;
    }
    CHECK_RESULT(kIgnored, verdict);
}

int main(int argc, char* argv[]) {
    int usual;
    if (argc == 2 && strcmp(argv[1], "report") == 0) return report();
    unsetenv(kVariable);
    usual = create(PLX_BACKEND_AUTO, 0);
    CHECK(usual > 0);
    for_each_backend(a_name_narrows_the_automatic_choice);
    a_backend_that_is_not_here_is_an_error();
    an_unknown_name_is_an_error_of_the_automatic_choice_only();
    empty_and_auto_are_as_if_unset(usual);
    a_set_uid_program_does_not_listen(argv[0]);
    return finish();
}
