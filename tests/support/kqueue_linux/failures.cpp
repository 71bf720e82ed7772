// SPDX-License-Identifier: MIT
#include "failures.hpp"

#include "giant.hpp"

#include <kqueue_linux.h>

namespace kqueue_linux {

namespace {

struct Order {
    short filter = 0;
    int error = 0;
};

constinit Order order;

}  // namespace

int injected_failure(short filter) noexcept {
    if (order.error == 0 || order.filter != filter) return 0;
    const int error = order.error;
    order = {};
    return error;
}

}  // namespace kqueue_linux

void kqueue_linux_fail_next(short filter, int error) {
    const kqueue_linux::Giant giant;
    kqueue_linux::order = {filter, error};
}
