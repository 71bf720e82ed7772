// SPDX-License-Identifier: MIT
// Contract 1 and 2: the options struct of every size, and wrong options.
#include "support/fds.hpp"
#include "support/poller.hpp"

#include <cstring>

using namespace support;

namespace {

// A struct of any size in the bytes of a caller who may know more or fewer fields than the library.
class Bytes {
public:
    explicit Bytes(size_t size) : bytes_(std::max(size, sizeof(plx_poller_options))) {
        std::memcpy(bytes_.data(), &size, sizeof size);
    }
    unsigned char& operator[](size_t index) { return bytes_[index]; }
    void set(size_t offset, uint32_t value) {
        std::memcpy(bytes_.data() + offset, &value, sizeof value);
    }

    int create() const {
        plx_poller* const untouched = reinterpret_cast<plx_poller*>(&marker_);
        plx_poller* poller = untouched;
        const auto* options = reinterpret_cast<const plx_poller_options*>(bytes_.data());
        const int rc = plx_poller_create(&poller, options);
        if (rc == 0) {
            plx_poller_destroy(poller);
        } else {
            CHECK(poller == untouched);
        }
        return rc;
    }

private:
    std::vector<unsigned char> bytes_;
    static inline char marker_ = 0;
};

constexpr size_t kKnown = sizeof(plx_poller_options);

}  // namespace

TEST_CASE("options too small to hold their own size are refused") {
    for (size_t size = 0; size < sizeof(size_t); ++size) {
        INFO("size " << size);
        CHECK(Bytes(size).create() == -EINVAL);
    }
}

TEST_CASE("options of every size are read up to it, the rest takes the defaults") {
    for (size_t size = sizeof(size_t); size <= kKnown; ++size) {
        INFO("size " << size);
        Bytes options(size);
        CHECK(options.create() == 0);
        // What lies behind the size is not the library's to look at.
        for (size_t i = size; i < kKnown; ++i)
            options[i] = 0xff;
        CHECK(options.create() == 0);
    }
}

TEST_CASE("options that end behind a field have that field") {
    FOR_EACH_BACKEND(backend);
    Bytes options(offsetof(plx_poller_options, backend) + sizeof(uint32_t));
    options.set(offsetof(plx_poller_options, backend), backend);
    CHECK(options.create() == 0);
    options.set(offsetof(plx_poller_options, backend), 77);
    CHECK(options.create() == -EINVAL);
}

TEST_CASE("larger options are accepted if what the library does not know is zero") {
    for (size_t size = kKnown + 1; size <= kKnown + 64; ++size) {
        INFO("size " << size);
        Bytes options(size);
        CHECK(options.create() == 0);
        for (size_t i = kKnown; i < size; ++i) {
            options[i] = 1;
            CHECK(options.create() == -E2BIG);
            options[i] = 0;
        }
    }
}

TEST_CASE("a size that is garbage does not make the library read far") {
    for (const size_t size : {SIZE_MAX, SIZE_MAX / 2, size_t{1} << 30}) {
        plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
        options.struct_size = size;
        plx_poller* poller = nullptr;
        CHECK(plx_poller_create(&poller, &options) == -E2BIG);
        CHECK(poller == nullptr);
    }
}

TEST_CASE("unknown values in the options are refused, and nothing is opened") {
    const auto before = open_fds();
    Bytes options(kKnown);
    CHECK(options.create() == 0);
    const struct {
        size_t offset;
        uint32_t value;
    } wrong[] = {
        {offsetof(plx_poller_options, backend), 4},
        {offsetof(plx_poller_options, backend), UINT32_MAX},
        {offsetof(plx_poller_options, required_capabilities), 0x40},
        {offsetof(plx_poller_options, required_capabilities), 0x8000'0000},
        {offsetof(plx_poller_options, flags), 1},
        {offsetof(plx_poller_options, flags), 0x8000'0000},
        {offsetof(plx_poller_options, reserved), 1},
    };
    for (const auto& field : wrong) {
        INFO("offset " << field.offset << " value " << field.value);
        options.set(field.offset, field.value);
        CHECK(options.create() == -EINVAL);
        options.set(field.offset, 0);
    }
    CHECK(open_fds() == before);
}

TEST_CASE("no options are the default options") {
    plx_poller* poller = nullptr;
    REQUIRE(plx_poller_create(&poller, nullptr) == 0);
    CHECK(plx_poller_count(poller) == 0);
    plx_poller_destroy(poller);
}

TEST_CASE("NULL is answered and not followed") {
    plx_event event;
    CHECK(plx_poller_create(nullptr, nullptr) == -EINVAL);
    plx_poller_destroy(nullptr);
    CHECK(plx_poller_backend(nullptr) == 0);
    CHECK(plx_poller_count(nullptr) == 0);
    CHECK(plx_poller_fd(nullptr) == -EINVAL);
    CHECK(plx_poller_add(nullptr, 0, 0, PLX_READABLE) == -EINVAL);
    CHECK(plx_poller_modify(nullptr, 0, 0, PLX_READABLE) == -EINVAL);
    CHECK(plx_poller_remove(nullptr, 0) == -EINVAL);
    CHECK(plx_poller_wait(nullptr, &event, 1, 0) == -EINVAL);
    CHECK(plx_poller_wake(nullptr) == -EINVAL);
    CHECK(plx_poller_after_fork(nullptr) == -EINVAL);
}
