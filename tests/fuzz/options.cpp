// SPDX-License-Identifier: MIT
// The bytes are an options struct of any size. What plx_poller_create() has to say of it is worked
// out a second time here, from the words of the header; AddressSanitizer sees what is read.
#include "pollux/pollux.h"
#include "runner.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

// The library may call any larger struct too large without looking at it.
constexpr size_t kLargest = 4096;
constexpr uint32_t kAllCapabilities = PLX_CAP_EDGE | PLX_CAP_EXCLUSIVE | PLX_CAP_PRIORITY |
                                      PLX_CAP_READ_CLOSED | PLX_CAP_NS_TIMEOUT | PLX_CAP_NATIVE_FD;

// The backend that has to be in use, or the error.
int expected(const unsigned char* bytes, size_t size) {
    if (size < sizeof(size_t)) return -EINVAL;
    if (size > kLargest) return -E2BIG;
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    for (size_t i = sizeof options; i < size; ++i) {
        if (bytes[i] != 0) return -E2BIG;
    }
    std::memcpy(&options, bytes, std::min(size, sizeof options));
    const bool is_known = options.backend <= PLX_BACKEND_POLL;
    const uint32_t required = options.required_capabilities;
    if (!is_known || (required & ~kAllCapabilities) != 0) return -EINVAL;
    if (options.flags != 0 || options.reserved != 0) return -EINVAL;
    for (const uint32_t backend : model::backends()) {
        const bool is_wanted = options.backend == PLX_BACKEND_AUTO || options.backend == backend;
        const bool has_all = (required & ~plx_backend_capabilities(backend)) == 0;
        if (is_wanted && has_all) return static_cast<int>(backend);
    }
    return -ENOTSUP;
}

[[noreturn]] void fail(const char* what, size_t size, int rc, int wanted) {
    std::fprintf(stderr, "FAILED: %s: struct_size %zu gave %d, expected %d\n", what, size, rc,
                 wanted);
    std::abort();
}

}  // namespace

// The first bytes are the size, the others what comes behind it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t length) {
    size_t size = 0;
    if (length > 0) std::memcpy(&size, bytes, std::min(length, sizeof size));
    if (length < sizeof size) size %= 64;
    // As much memory as the caller says that there is, and not one byte more.
    const size_t real = size > kLargest ? sizeof size : std::max(size, sizeof size);
    const auto memory = std::make_unique<unsigned char[]>(real);
    if (length > sizeof size) {
        std::memcpy(memory.get() + sizeof size, bytes + sizeof size,
                    std::min(length, real) - std::min(sizeof size, real));
    }
    std::memcpy(memory.get(), &size, sizeof size);
    const int wanted = expected(memory.get(), size);
    plx_poller* poller = nullptr;
    const int rc =
        plx_poller_create(&poller, reinterpret_cast<const plx_poller_options*>(memory.get()));
    if (rc != std::min(wanted, 0)) fail("create", size, rc, wanted);
    if (rc < 0 && poller != nullptr) fail("a failed create", size, rc, wanted);
    const auto backend = static_cast<int>(plx_poller_backend(poller));
    if (rc == 0 && backend != wanted) fail("the backend", size, backend, wanted);
    plx_poller_destroy(poller);
    return 0;
}
