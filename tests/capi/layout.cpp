// SPDX-License-Identifier: MIT
// The same text as C++.
#include "layout.c"
