// SPDX-License-Identifier: MIT
#pragma once

namespace kqueue_linux {

// The error that a test ordered for this filter (0: for kqueue() itself), once; or 0.
int injected_failure(short filter) noexcept;

}  // namespace kqueue_linux
