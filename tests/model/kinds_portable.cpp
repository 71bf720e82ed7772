// SPDX-License-Identifier: MIT
// Sockets, pipes and files only. FIFOs and terminals are everywhere, but what a poller can tell of
// them is not the same everywhere.
#include "kinds.hpp"

namespace model {

bool has_kind(Kind kind) {
    return kind != Kind::kFifo && kind != Kind::kEventfd && kind != Kind::kPty;
}

bool open_special(Kind, int*) {
    return false;
}

bool write_eventfd(int, size_t) {
    return false;
}

bool fill_eventfd(int, size_t, size_t*) {
    return false;
}

bool read_eventfd(int) {
    return false;
}

}  // namespace model
