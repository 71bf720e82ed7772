// SPDX-License-Identifier: MIT
// The bytes are a program, which every backend has to run as the model says.
#include "bytes.hpp"
#include "pollux/pollux.h"
#include "runner.hpp"
#include "shrink.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    const model::Program program = fuzz::from_bytes(bytes, size);
    static const std::vector<uint32_t> backends = model::backends();
    for (const uint32_t backend : backends) {
        const model::Verdict found = model::run(program, backend);
        if (!found.is_failure()) continue;
        // Should the failure not come again, this is all that is known of it.
        std::fprintf(stderr, "# found: backend %s, call %zu %s\n%s", plx_backend_name(backend),
                     found.op + 1, found.what.c_str(), model::to_text(program).c_str());
        const auto fails = [backend](const model::Program& candidate) {
            return model::run(candidate, backend).is_failure();
        };
        const model::Program shortest = model::shrink(program, fails);
        const model::Verdict verdict = model::run(shortest, backend);
        std::fprintf(stderr, "# FAILED: backend %s, call %zu %s\n%s", plx_backend_name(backend),
                     verdict.op + 1, verdict.what.c_str(), model::to_text(shortest).c_str());
        std::abort();
    }
    return 0;
}
