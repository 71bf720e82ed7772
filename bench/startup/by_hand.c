/* SPDX-License-Identifier: MIT */
#include <poll.h>

int main(void) {
    struct pollfd in = {0, POLLIN, 0};
    return poll(&in, 1, 0) < 0;
}
