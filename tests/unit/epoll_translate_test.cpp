// SPDX-License-Identifier: MIT
#include "epoll/translate.hpp"

#include "support/catch.hpp"

using pollux::epoll::from_kernel;
using pollux::epoll::to_kernel;

static_assert(to_kernel(0) == 0);
static_assert(to_kernel(PLX_READABLE) == (EPOLLIN | EPOLLRDHUP));
static_assert(to_kernel(PLX_WRITABLE) == EPOLLOUT);
static_assert(to_kernel(PLX_PRIORITY) == EPOLLPRI);
static_assert(to_kernel(PLX_EDGE) == uint32_t{EPOLLET});
static_assert(to_kernel(PLX_ONESHOT) == EPOLLONESHOT);
static_assert(to_kernel(PLX_EXCLUSIVE) == EPOLLEXCLUSIVE);
static_assert(to_kernel(PLX_EXCLUSIVE | PLX_READABLE) == (EPOLLEXCLUSIVE | EPOLLIN));

static_assert(from_kernel(0) == 0);
static_assert(from_kernel(EPOLLIN) == PLX_READABLE);
static_assert(from_kernel(EPOLLOUT) == PLX_WRITABLE);
static_assert(from_kernel(EPOLLPRI) == PLX_PRIORITY);
static_assert(from_kernel(EPOLLRDHUP) == PLX_READ_CLOSED);
static_assert(from_kernel(EPOLLHUP) == PLX_HANGUP);
static_assert(from_kernel(EPOLLERR) == PLX_ERROR);

TEST_CASE("epoll: what is asked for without exclusive is the union of what each bit asks for") {
    const uint32_t bits[] = {PLX_READABLE, PLX_WRITABLE, PLX_PRIORITY, PLX_EDGE, PLX_ONESHOT};
    for (uint32_t a : bits) {
        for (uint32_t b : bits)
            CHECK(to_kernel(a | b) == (to_kernel(a) | to_kernel(b)));
    }
}

TEST_CASE("epoll: a peer that stops sending is only asked for beside reading") {
    CHECK((to_kernel(PLX_WRITABLE | PLX_PRIORITY | PLX_EDGE) & EPOLLRDHUP) == 0);
}

TEST_CASE("epoll: exclusive leaves out what the kernel refuses beside it") {
    CHECK((to_kernel(PLX_EXCLUSIVE | PLX_READABLE | PLX_WRITABLE) & EPOLLRDHUP) == 0);
}

TEST_CASE("epoll: what is reported is the union of what each kernel bit reports") {
    for (int a = 0; a < 32; ++a) {
        for (int b = 0; b < 32; ++b) {
            const uint32_t first = uint32_t{1} << a;
            const uint32_t second = uint32_t{1} << b;
            CHECK(from_kernel(first | second) == (from_kernel(first) | from_kernel(second)));
        }
    }
}
