// SPDX-License-Identifier: MIT
#pragma once

namespace pollux {

struct ErrorText {
    const char* name;
    const char* text;
};

// A value >= 0 is success; a number that is not in the table is the unknown error.
ErrorText describe_result(int rc) noexcept;

}  // namespace pollux
