// SPDX-License-Identifier: MIT
// Of pieces of work that are done in several ways, each a step, and of what is not timed by one.
#pragma once

#include "request.hpp"

namespace bench {

// Each prints a line for every step and contender and returns the program's status.
int compare_timers(const Request& request);
int compare_churn(const Request& request);
int compare_wake(const Request& request);
int compare_idle(const Request& request);
int compare_create(const Request& request);

int compare_startup(const Request& request);
int print_footprints(const Request& request);

}  // namespace bench
