// SPDX-License-Identifier: MIT
#pragma once

#include "loops/rust.hpp"

namespace bench {

template <const RustPeer& kPeer>
constexpr Contender rust_contender(const char* name) {
    return {.name = name, .chain = rust_chain<kPeer>, .ping = rust_ping<kPeer>};
}

}  // namespace bench
