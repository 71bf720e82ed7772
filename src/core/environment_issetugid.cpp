// SPDX-License-Identifier: MIT
#include "core/environment.hpp"

#include <unistd.h>

#include <cstdlib>

namespace pollux {

const char* trusted_environment(const char* name) noexcept {
    return issetugid() != 0 ? nullptr : std::getenv(name);
}

}  // namespace pollux
