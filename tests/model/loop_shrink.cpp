// SPDX-License-Identifier: MIT
#include "loop_shrink.hpp"

#include <algorithm>
#include <cstddef>

namespace loop_model {

namespace {

using Fails = std::function<bool(const Program&)>;

bool leave_out(Program* program, size_t part, const Fails& fails) {
    bool changed = false;
    for (size_t start = 0; start < program->ops.size();) {
        Program shorter = *program;
        const auto from = shorter.ops.begin() + static_cast<ptrdiff_t>(start);
        const size_t length = std::min(part, shorter.ops.size() - start);
        shorter.ops.erase(from, from + static_cast<ptrdiff_t>(length));
        if (fails(shorter)) {
            *program = shorter;
            changed = true;
        } else {
            start += part;
        }
    }
    return changed;
}

// A call in the program itself is plainer than one in a callback, and no delay than some delay.
void simplify(Program* program, const Fails& fails) {
    for (size_t i = 0; i < program->ops.size(); ++i) {
        Program plainer = *program;
        plainer.ops[i].where = kInMain;
        if (program->ops[i].where != kInMain && fails(plainer)) *program = plainer;
        if (program->ops[i].verb != Verb::kTimer) continue;
        for (size_t argument = 1; argument < 3; ++argument) {
            plainer = *program;
            plainer.ops[i].args[argument] = 0;
            if (fails(plainer)) *program = plainer;
        }
    }
}

}  // namespace

Program shrink(Program program, const Fails& fails) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t part = program.ops.size() / 2; part > 0; part /= 2)
            changed |= leave_out(&program, part, fails);
    }
    simplify(&program, fails);
    leave_out(&program, 1, fails);
    return program;
}

}  // namespace loop_model
