// SPDX-License-Identifier: MIT
#include "shrink.hpp"

#include <algorithm>
#include <cstddef>

namespace model {

namespace {

using Fails = std::function<bool(const Program&)>;

bool leave_out(Program* program, size_t part, const Fails& fails) {
    bool changed = false;
    for (size_t start = 0; start < program->size();) {
        Program shorter = *program;
        const auto from = shorter.begin() + static_cast<ptrdiff_t>(start);
        const size_t length = std::min(part, shorter.size() - start);
        shorter.erase(from, from + static_cast<ptrdiff_t>(length));
        if (fails(shorter)) {
            *program = shorter;
            changed = true;
        } else {
            start += part;
        }
    }
    return changed;
}

bool try_argument(Program* program, size_t op, size_t argument, int value, const Fails& fails) {
    Program plainer = *program;
    plainer[op].args[argument] = value;
    if (!fails(plainer)) return false;
    *program = plainer;
    return true;
}

// An interest with fewer bits.
void simplify_interest(Program* program, size_t op, const Fails& fails) {
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        const int interest = (*program)[op].args[2];
        const int less = interest & ~static_cast<int>(bit);
        if (less != interest) try_argument(program, op, 2, less, fails);
    }
}

void simplify(Program* program, const Fails& fails) {
    for (size_t i = 0; i < program->size(); ++i) {
        switch ((*program)[i].verb) {
            case Verb::kOpen:
                try_argument(program, i, 0, static_cast<int>(Kind::kUnix), fails);
                break;
            case Verb::kWrite:
            case Verb::kRead:
                try_argument(program, i, 1, 1, fails);
                break;
            case Verb::kAdd:
            case Verb::kModify:
                simplify_interest(program, i, fails);
                break;
            case Verb::kWait:
                try_argument(program, i, 2, 0, fails);
                break;
            default:
                break;
        }
    }
}

}  // namespace

Program shrink(Program program, const Fails& fails) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t part = program.size() / 2; part > 0; part /= 2)
            changed |= leave_out(&program, part, fails);
    }
    simplify(&program, fails);
    leave_out(&program, 1, fails);
    return program;
}

}  // namespace model
