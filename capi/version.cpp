// SPDX-License-Identifier: MIT
#include "pollux/pollux.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

uint32_t plx_version(void) {
    return uint32_t{PLX_VERSION_MAJOR} << 16 | PLX_VERSION_MINOR << 8 | PLX_VERSION_PATCH;
}

const char* plx_version_string(void) {
    return TEXT(PLX_VERSION_MAJOR) "." TEXT(PLX_VERSION_MINOR) "." TEXT(PLX_VERSION_PATCH);
}
