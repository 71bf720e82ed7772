// SPDX-License-Identifier: MIT
#pragma once

#include "loops/rust.hpp"
#include "loops/rust_acceptor.hpp"
#include "loops/rust_server.hpp"
#include "loops/rust_steps.hpp"

namespace bench {

// Only what is another thing with level, with edge and with one-shot.
template <const RustPeer& kPeer>
constexpr Contender rust_mode(const char* name) {
    return {
        .name = name,
        .chain = rust_chain<kPeer>,
        .echo = rust_echo<kPeer>,
        .http = rust_http<kPeer>,
        .accept = rust_accept<kPeer>,
    };
}

template <const RustPeer& kPeer>
constexpr Contender rust_contender(const char* name) {
    Contender contender = rust_mode<kPeer>(name);
    contender.ping = rust_ping<kPeer>;
    contender.churn = rust_churn<kPeer>;
    contender.wake = rust_wake<kPeer>;
    return contender;
}

// kOneShot is the same peer where each event is armed anew.
template <const RustPeer& kPeer, const RustPeer& kOneShot>
constexpr Contender rust_contender(const char* name) {
    Contender contender = rust_contender<kPeer>(name);
    contender.one_shot = rust_chain<kOneShot>;
    return contender;
}

}  // namespace bench
