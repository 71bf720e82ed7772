// SPDX-License-Identifier: MIT
#include "poll/translate.hpp"

#include "support/catch.hpp"

using pollux::poll::from_kernel;
using pollux::poll::kReadClosed;
using pollux::poll::to_kernel;

namespace {

constexpr bool asks_for(uint32_t interest, int events) {
    return to_kernel(interest) == static_cast<short>(events);
}

constexpr bool reports(int revents, uint32_t reported) {
    return from_kernel(static_cast<short>(revents)) == reported;
}

}  // namespace

static_assert(asks_for(0, 0));
static_assert(asks_for(PLX_READABLE, POLLIN | kReadClosed));
static_assert(asks_for(PLX_WRITABLE, POLLOUT));
static_assert(asks_for(PLX_PRIORITY, POLLPRI));
static_assert(asks_for(PLX_EDGE | PLX_ONESHOT | PLX_EXCLUSIVE, 0));

static_assert(reports(0, 0));
static_assert(reports(POLLIN, PLX_READABLE));
static_assert(reports(POLLOUT, PLX_WRITABLE));
static_assert(reports(POLLPRI, PLX_PRIORITY));
static_assert(reports(POLLHUP, PLX_HANGUP));
static_assert(reports(POLLERR, PLX_ERROR));
static_assert(reports(kReadClosed, kReadClosed == 0 ? 0 : PLX_READ_CLOSED));
static_assert(reports(POLLNVAL, 0));

TEST_CASE("poll: what is asked for is the union of what each bit asks for") {
    const uint32_t bits[] = {PLX_READABLE, PLX_WRITABLE, PLX_PRIORITY, PLX_ONESHOT, PLX_EXCLUSIVE};
    for (uint32_t a : bits) {
        for (uint32_t b : bits)
            CHECK(asks_for(a | b, to_kernel(a) | to_kernel(b)));
    }
}

TEST_CASE("poll: a peer that stops sending is only asked for beside reading") {
    CHECK((to_kernel(PLX_WRITABLE | PLX_PRIORITY) & kReadClosed) == 0);
}

TEST_CASE("poll: what is reported is the union of what each kernel bit reports") {
    for (int a = 0; a < 15; ++a) {
        for (int b = 0; b < 15; ++b) {
            const auto first = static_cast<short>(1 << a);
            const auto second = static_cast<short>(1 << b);
            CHECK(reports(first | second, from_kernel(first) | from_kernel(second)));
        }
    }
}
