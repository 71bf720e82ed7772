// SPDX-License-Identifier: MIT
#include "bytes.hpp"

#include "pollux/pollux.h"

#include <algorithm>
#include <iterator>

namespace fuzz {

namespace {

using namespace model;

// All but forking, which libFuzzer does not take well.
constexpr Verb kVerbsOfBytes[] = {
    Verb::kOpen,   Verb::kClose,  Verb::kDup,      Verb::kWrite, Verb::kRead, Verb::kDrain,
    Verb::kFill,   Verb::kUrgent, Verb::kShutdown, Verb::kReset, Verb::kAdd,  Verb::kModify,
    Verb::kRemove, Verb::kWake,   Verb::kWait,     Verb::kFront,
};

// A bit of a byte each; the last two are no interest.
constexpr uint32_t kInterests[] = {PLX_READABLE, PLX_WRITABLE,  PLX_PRIORITY,     PLX_EDGE,
                                   PLX_ONESHOT,  PLX_EXCLUSIVE, UINT32_C(0x8000), PLX_ERROR};

int number_of(uint8_t byte) {
    return byte % (kNumbers + 1) - 1;
}

uint8_t byte_of_number(int number) {
    return static_cast<uint8_t>(number + 1);
}

int interest_of(uint8_t byte) {
    uint32_t interest = 0;
    for (size_t i = 0; i < 8; ++i)
        interest |= (byte >> i & 1) != 0 ? kInterests[i] : 0;
    return static_cast<int>(interest);
}

uint8_t byte_of_interest(int interest) {
    unsigned byte = 0;
    for (size_t i = 0; i < 8; ++i)
        byte |= (static_cast<uint32_t>(interest) & kInterests[i]) != 0 ? 1U << i : 0U;
    return static_cast<uint8_t>(byte);
}

// Waiting costs time: mostly it does not. 255 is for as long as it takes.
int timeout_of(uint8_t byte) {
    if (byte == 255) return -1;
    return byte < 250 ? 0 : (byte - 249) * 50;
}

Op call_of(const uint8_t* bytes) {
    Op op{kVerbsOfBytes[bytes[0] % std::size(kVerbsOfBytes)], {}};
    const int poller = bytes[1] % kPollers;
    switch (op.verb) {
        case Verb::kOpen:
            op.args = {bytes[1] % kKinds, number_of(bytes[2]), number_of(bytes[3])};
            break;
        case Verb::kDup:
            op.args = {number_of(bytes[1]), number_of(bytes[2])};
            break;
        case Verb::kShutdown:
            op.args = {number_of(bytes[1]), bytes[2] & 3};
            break;
        case Verb::kAdd:
        case Verb::kModify:
        case Verb::kRemove:
            op.args = {poller, number_of(bytes[2]), interest_of(bytes[3])};
            break;
        case Verb::kWake:
        case Verb::kFront:
            op.args = {poller};
            break;
        case Verb::kWait:
            op.args = {poller, number_of(bytes[2]) + 1, timeout_of(bytes[3])};
            break;
        default:
            op.args = {number_of(bytes[1]), bytes[2] | bytes[3] << 8};
    }
    return op;
}

void push_call(std::vector<uint8_t>* out, const Op& op) {
    const auto* verb = std::find(std::begin(kVerbsOfBytes), std::end(kVerbsOfBytes), op.verb);
    if (verb == std::end(kVerbsOfBytes)) return;
    const auto [first, second, third] = op.args;
    const auto plain = static_cast<uint8_t>(first);
    out->push_back(static_cast<uint8_t>(verb - std::begin(kVerbsOfBytes)));
    switch (op.verb) {
        case Verb::kOpen:
            out->insert(out->end(), {plain, byte_of_number(second), byte_of_number(third)});
            break;
        case Verb::kAdd:
        case Verb::kModify:
        case Verb::kRemove:
            out->insert(out->end(), {plain, byte_of_number(second), byte_of_interest(third)});
            break;
        case Verb::kWake:
        case Verb::kFront:
            out->insert(out->end(), {plain, 0, 0});
            break;
        case Verb::kWait:
            out->insert(out->end(), {plain, byte_of_number(std::clamp(second, 0, kNumbers) - 1),
                                     static_cast<uint8_t>(third < 0 ? 255 : 0)});
            break;
        case Verb::kDup:
            out->insert(out->end(), {byte_of_number(first), byte_of_number(second), 0});
            break;
        default:
            out->insert(out->end(), {byte_of_number(first), static_cast<uint8_t>(second & 255),
                                     static_cast<uint8_t>(second >> 8 & 255)});
    }
}

}  // namespace

Program from_bytes(const uint8_t* bytes, size_t size) {
    Program program;
    const size_t calls = std::min(size / kBytesForCall, kMostCalls);
    for (size_t i = 0; i < calls; ++i)
        program.push_back(call_of(bytes + i * kBytesForCall));
    return program;
}

std::vector<uint8_t> to_bytes(const Program& program) {
    std::vector<uint8_t> bytes;
    for (const Op& op : program)
        push_call(&bytes, op);
    return bytes;
}

}  // namespace fuzz
