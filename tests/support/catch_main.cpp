// SPDX-License-Identifier: MIT
#define CATCH_CONFIG_RUNNER
// Catch2 2.13 uses DBL_MAX_10_EXP and does not include this, which newer libc++ notices.
#include <cfloat>

#include "support/catch.hpp"

int main(int argc, char* argv[]) {
    return Catch::Session().run(argc, argv);
}
