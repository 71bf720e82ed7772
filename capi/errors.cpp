// SPDX-License-Identifier: MIT
#include "core/errors.hpp"
#include "pollux/pollux.h"

const char* plx_strerror(int rc) {
    return pollux::describe_result(rc).text;
}

const char* plx_error_name(int rc) {
    return pollux::describe_result(rc).name;
}
