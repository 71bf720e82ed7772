// SPDX-License-Identifier: MIT
// The conditions of descriptors, by kind of file.
#pragma once

#include "filters.hpp"

namespace kqueue_linux {

enum class FileKind { kClosed, kVnode, kSocket, kPipe, kTerminal, kOther };

FileKind kind_of(int fd) noexcept;

// Nobody is at the other end of a pipe.
bool is_deserted_pipe(int fd) noexcept;

Condition look_for_reading(int fd) noexcept;
Condition look_for_writing(int fd) noexcept;
Condition look_for_exception(int fd, unsigned int wanted) noexcept;

}  // namespace kqueue_linux
