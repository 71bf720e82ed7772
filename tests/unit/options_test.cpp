// SPDX-License-Identifier: MIT
#include "core/options.hpp"

#include "support/catch.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

using pollux::read_options;

namespace {

struct Options {
    size_t struct_size;
    uint32_t first;
    uint32_t second;
};

constexpr Options kDefaults{sizeof(Options), 11, 22};

// A caller's struct of any size, with what lies behind it.
struct Given {
    alignas(Options) std::array<unsigned char, pollux::kLargest + 64> bytes{};

    Given(size_t size, uint32_t first, uint32_t second) {
        const Options head{size, first, second};
        std::memcpy(bytes.data(), &head, sizeof head);
    }
    const Options* get() const { return reinterpret_cast<const Options*>(bytes.data()); }
};

}  // namespace

TEST_CASE("no options are the defaults") {
    Options known = kDefaults;
    REQUIRE(read_options<Options>(&known, nullptr) == 0);
    CHECK(known.first == 11);
    CHECK(known.second == 22);
}

TEST_CASE("what a shorter struct does not have keeps its default") {
    Options known = kDefaults;
    REQUIRE(read_options(&known, Given(offsetof(Options, second), 1, 2).get()) == 0);
    CHECK(known.first == 1);
    CHECK(known.second == 22);
}

TEST_CASE("a struct too small for its own size is refused") {
    for (size_t size = 0; size < sizeof(size_t); ++size) {
        Options known = kDefaults;
        CHECK(read_options(&known, Given(size, 1, 2).get()) == -EINVAL);
        CHECK(known.first == 11);
    }
}

TEST_CASE("a longer struct is accepted if its tail is zero") {
    for (const size_t size : {sizeof(Options) + 1, sizeof(Options) + 64, pollux::kLargest}) {
        Options known = kDefaults;
        CHECK(read_options(&known, Given(size, 1, 2).get()) == 0);
        CHECK(known.first == 1);
        CHECK(known.second == 2);
    }
}

TEST_CASE("a longer struct with anything in its tail is refused, wherever it is") {
    for (size_t at = sizeof(Options); at < sizeof(Options) + 64; ++at) {
        Given given(sizeof(Options) + 64, 1, 2);
        given.bytes[at] = 1;
        Options known = kDefaults;
        CHECK(read_options(&known, given.get()) == -E2BIG);
        CHECK(known.first == 11);
    }
}

TEST_CASE("what lies behind the struct is not looked at") {
    Given given(sizeof(Options) + 8, 1, 2);
    given.bytes[sizeof(Options) + 8] = 1;
    Options known = kDefaults;
    CHECK(read_options(&known, given.get()) == 0);
}

TEST_CASE("a size that is garbage is refused without reading that far") {
    for (const size_t size : {pollux::kLargest + 1, SIZE_MAX}) {
        Options known = kDefaults;
        CHECK(read_options(&known, Given(size, 1, 2).get()) == -E2BIG);
    }
}
