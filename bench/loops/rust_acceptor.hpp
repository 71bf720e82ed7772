// SPDX-License-Identifier: MIT
// The acceptors are in Rust, the threads that they are in and the connections are those of
// work/accept.hpp.
#pragma once

#include "loops/rust.hpp"
#include "work/accept.hpp"

namespace bench {

template <const RustPeer& kPeer>
class RustAcceptor {
public:
    RustAcceptor(int listener, int end, bool is_exclusive)
        : acceptor_(kPeer.open_acceptor(listener, end, is_exclusive)) {}
    ~RustAcceptor() { kPeer.close_acceptor(acceptor_); }
    RustAcceptor(const RustAcceptor&) = delete;
    RustAcceptor& operator=(const RustAcceptor&) = delete;

    void run() { sample_ = kPeer.accept(acceptor_); }

    const AcceptSample& sample() const { return sample_; }

private:
    void* const acceptor_;
    AcceptSample sample_{};
};

template <const RustPeer& kPeer>
AcceptSample rust_accept(const Parameters& parameters) {
    return accept_by<RustAcceptor<kPeer>>(parameters);
}

}  // namespace bench
