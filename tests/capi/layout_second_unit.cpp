// SPDX-License-Identifier: MIT
// The same text as C++.
#include "layout_second_unit.c"
