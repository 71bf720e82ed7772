// SPDX-License-Identifier: MIT
#include "core/backend.hpp"

#include <cerrno>

namespace pollux {

int Backend::rebuild(const Registration*, size_t) noexcept {
    return -ENOTSUP;
}

int Backend::native_fd() noexcept {
    return -ENOTSUP;
}

}  // namespace pollux

// An abstract class makes the compiler name this, which otherwise comes from the C++ runtime. It is
// weak so that a program that links the static library together with that runtime keeps its own.
extern "C" [[gnu::weak, noreturn]] void __cxa_pure_virtual();
extern "C" [[gnu::weak, noreturn]] void __cxa_pure_virtual() {
    __builtin_trap();
}
