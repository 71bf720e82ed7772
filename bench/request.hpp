// SPDX-License-Identifier: MIT
// What the command line asks for.
#pragma once

#include "contender.hpp"

#include <cstddef>
#include <vector>

namespace bench {

struct Request {
    Parameters parameters;
    size_t rounds = 16;
    size_t connections = 100;
    std::vector<const Contender*> who;

    // Only those who have this piece of work.
    template <typename Work>
    std::vector<const Contender*> able(Work Contender::*work) const {
        std::vector<const Contender*> found;
        for (const Contender* contender : who) {
            if (contender->*work != nullptr) found.push_back(contender);
        }
        return found;
    }
};

extern const char kUsage[];

// Why a contender cannot run here; null if it can.
const char* refusal_of(const Contender& contender);

// With the usage.
[[noreturn]] void give_up(const char* problem, const char* what);

// Gives up unless `active` is at most so many.
void require_active(const Request& request, size_t most, const char* problem);

// KEY=N and names of contenders; all of them if none is named.
Request read_request(int count, char** arguments);

}  // namespace bench
