// SPDX-License-Identifier: MIT
#include "core/environment.hpp"

#include <cstdlib>

namespace pollux {

const char* trusted_environment(const char* name) noexcept {
    return secure_getenv(name);
}

}  // namespace pollux
