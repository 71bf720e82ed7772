/* SPDX-License-Identifier: MIT */
/* The library loaded, used, and unloaded: it must leave no handler behind that a later fork would
 * call in memory that is gone. */
#define _POSIX_C_SOURCE 200809L

#include <dlfcn.h>
#include <pollux/pollux.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void require(int holds, const char* what) {
    if (holds) return;
    fprintf(stderr, "does not hold: %s\n", what);
    exit(1);
}

#define REQUIRE(condition) require((condition) != 0, #condition)

/* C has no cast from an object's address to a function's. */
static void find(void* library, const char* name, void* function) {
    void* const address = dlsym(library, name);
    REQUIRE(address != NULL);
    memcpy(function, &address, sizeof address);
}

static void use(void* library) {
    int (*create)(plx_poller**, const plx_poller_options*);
    int (*wake)(plx_poller*);
    int (*wait)(plx_poller*, plx_event*, int, int64_t);
    void (*destroy)(plx_poller*);
    plx_poller* poller = NULL;
    plx_event event;
    find(library, "plx_poller_create", &create);
    find(library, "plx_poller_wake", &wake);
    find(library, "plx_poller_wait", &wait);
    find(library, "plx_poller_destroy", &destroy);
    REQUIRE(create(&poller, NULL) == 0);
    REQUIRE(wake(poller) == 0);
    REQUIRE(wait(poller, &event, 1, -1) == 1);
    REQUIRE(event.events == PLX_WOKEN);
    destroy(poller);
}

static void fork_once(void) {
    int status = 1;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) _exit(0);
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char* argv[]) {
    int round;
    REQUIRE(argc == 2);
    for (round = 0; round < 3; ++round) {
        void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) fprintf(stderr, "%s\n", dlerror());
        REQUIRE(library != NULL);
        use(library);
        fork_once();
        REQUIRE(dlclose(library) == 0);
        REQUIRE(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL);
        fork_once();
    }
    return 0;
}
