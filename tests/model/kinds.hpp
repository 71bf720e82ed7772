// SPDX-License-Identifier: MIT
// The kinds of files that not every system has, or not in the same way. CMake chooses the source.
#pragma once

#include "program.hpp"

#include <cstddef>

namespace model {

bool has_kind(Kind kind);
// Both ends, or the one; false if the system has none left. Not for what is everywhere.
bool open_special(Kind kind, int ends[2]);
// As many more units as fit into an eventfd that holds `value`.
bool fill_eventfd(int fd, size_t value, size_t* added);
bool write_eventfd(int fd, size_t value);
bool read_eventfd(int fd);

}  // namespace model
