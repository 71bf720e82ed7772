/* SPDX-License-Identifier: MIT */
#include <pollux/pollux.h>
#include <stdio.h>

static const struct {
    uint32_t bit;
    const char* name;
} capabilities[] = {
    {PLX_CAP_EDGE, "EDGE"},
    {PLX_CAP_PRIORITY, "PRIORITY"},
    {PLX_CAP_NATIVE_FD, "NATIVE_FD"},
    {PLX_CAP_EXCLUSIVE, "EXCLUSIVE"},
    {PLX_CAP_READ_CLOSED, "READ_CLOSED"},
    {PLX_CAP_NS_TIMEOUT, "NS_TIMEOUT"},
};

int main(void) {
    uint32_t ids[8];
    size_t count = plx_backend_list(ids, 8); /* those that work here and now, best first */
    for (size_t i = 0; i < count && i < 8; ++i) {
        uint32_t has = plx_backend_capabilities(ids[i]);
        printf("%s", plx_backend_name(ids[i]));
        for (size_t j = 0; j < sizeof capabilities / sizeof *capabilities; ++j) {
            if ((has & capabilities[j].bit) != 0) printf(" %s", capabilities[j].name);
        }
        putchar('\n');
    }
    return 0;
}
