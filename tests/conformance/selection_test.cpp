// SPDX-License-Identifier: MIT
// Contract 1: which backend a poller gets.
#include "support/fds.hpp"
#include "support/poller.hpp"

#include <cstdlib>
#include <memory>
#include <set>

using namespace support;

namespace {

constexpr uint32_t kKnown[] = {PLX_BACKEND_EPOLL, PLX_BACKEND_KQUEUE, PLX_BACKEND_POLL};

constexpr uint32_t kCapabilities[] = {PLX_CAP_EDGE,        PLX_CAP_EXCLUSIVE,  PLX_CAP_PRIORITY,
                                      PLX_CAP_READ_CLOSED, PLX_CAP_NS_TIMEOUT, PLX_CAP_NATIVE_FD};

// What a create gives: the backend, or the negative result.
int64_t created(uint32_t backend, uint32_t required = 0) {
    plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
    options.backend = backend;
    options.required_capabilities = required;
    plx_poller* poller = nullptr;
    const int rc = plx_poller_create(&poller, &options);
    REQUIRE((rc == 0) == (poller != nullptr));
    const int64_t result = rc < 0 ? rc : int64_t{plx_poller_backend(poller)};
    plx_poller_destroy(poller);
    return result;
}

// The variable for the length of a scope.
class Environment {
public:
    explicit Environment(const char* value) {
        const char* before = std::getenv("POLLUX_BACKEND");
        if (before != nullptr) before_ = before;
        was_set_ = before != nullptr;
        if (value == nullptr) {
            unsetenv("POLLUX_BACKEND");
        } else {
            setenv("POLLUX_BACKEND", value, 1);
        }
    }
    ~Environment() {
        if (was_set_) {
            setenv("POLLUX_BACKEND", before_.c_str(), 1);
        } else {
            unsetenv("POLLUX_BACKEND");
        }
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    std::string before_;
    bool was_set_ = false;
};

bool is_available(uint32_t backend) {
    const auto ids = available_backends();
    return std::find(ids.begin(), ids.end(), backend) != ids.end();
}

}  // namespace

TEST_CASE("the list names each usable backend once, and poll is the last resort") {
    const auto ids = available_backends();
    REQUIRE_FALSE(ids.empty());
    CHECK(std::set<uint32_t>(ids.begin(), ids.end()).size() == ids.size());
    CHECK(ids.back() == PLX_BACKEND_POLL);
    for (const uint32_t id : ids)
        CHECK(created(id) == id);
}

TEST_CASE("the list is cut to its capacity and still counts them all") {
    const auto ids = available_backends();
    uint32_t first[] = {77, 77};
    CHECK(plx_backend_list(first, 1) == ids.size());
    CHECK(first[0] == ids[0]);
    CHECK(first[1] == 77);
    CHECK(plx_backend_list(first, 0) == ids.size());
    CHECK(plx_backend_list(nullptr, 0) == ids.size());
}

TEST_CASE("listing the backends leaves no descriptor open") {
    const auto before = open_fds();
    available_backends();
    CHECK(open_fds() == before);
}

TEST_CASE("names and numbers of the backends convert both ways") {
    for (const uint32_t id : {PLX_BACKEND_AUTO, kKnown[0], kKnown[1], kKnown[2]}) {
        const char* name = plx_backend_name(id);
        REQUIRE(name != nullptr);
        uint32_t back = 77;
        CHECK(plx_backend_from_name(name, &back) == 0);
        CHECK(back == id);
    }
    CHECK(std::string(plx_backend_name(PLX_BACKEND_EPOLL)) == "epoll");
    CHECK(std::string(plx_backend_name(PLX_BACKEND_KQUEUE)) == "kqueue");
    CHECK(std::string(plx_backend_name(PLX_BACKEND_POLL)) == "poll");
}

TEST_CASE("an unknown name or number of a backend is refused") {
    uint32_t out = 77;
    for (const char* name : {"", "Epoll", "epol", "epoll ", "select"}) {
        CHECK(plx_backend_from_name(name, &out) == -EINVAL);
    }
    CHECK(plx_backend_from_name(nullptr, &out) == -EINVAL);
    CHECK(plx_backend_from_name("poll", nullptr) == -EINVAL);
    CHECK(out == 77);
    CHECK(plx_backend_name(4) == nullptr);
    CHECK(plx_backend_name(UINT32_MAX) == nullptr);
    CHECK(plx_backend_capabilities(PLX_BACKEND_AUTO) == 0);
    CHECK(plx_backend_capabilities(UINT32_MAX) == 0);
}

TEST_CASE("an explicit backend is the one in use") {
    FOR_EACH_BACKEND(backend);
    CHECK(created(backend) == backend);
    CHECK(created(backend, plx_backend_capabilities(backend)) == backend);
}

TEST_CASE("an explicit backend never falls back") {
    for (const uint32_t backend : kKnown) {
        INFO(plx_backend_name(backend));
        if (!is_available(backend)) CHECK(created(backend) == -ENOTSUP);
        for (const uint32_t capability : kCapabilities) {
            if (has(backend, capability)) continue;
            CHECK(created(backend, capability) == -ENOTSUP);
        }
    }
}

TEST_CASE("AUTO takes the first of the list that has the required capabilities") {
    const Environment unset(nullptr);
    const auto ids = available_backends();
    CHECK(created(PLX_BACKEND_AUTO) == ids[0]);
    for (uint32_t required = 0; required < 0x40; ++required) {
        const auto first = std::find_if(ids.begin(), ids.end(), [&](uint32_t id) {
            return (plx_backend_capabilities(id) & required) == required;
        });
        CHECK(created(PLX_BACKEND_AUTO, required) ==
              (first == ids.end() ? -ENOTSUP : int64_t{*first}));
    }
}

TEST_CASE("POLLUX_BACKEND narrows AUTO to one backend") {
    FOR_EACH_BACKEND(backend);
    const Environment narrowed(plx_backend_name(backend));
    CHECK(created(PLX_BACKEND_AUTO) == backend);
    plx_poller* poller = nullptr;
    REQUIRE(plx_poller_create(&poller, nullptr) == 0);
    CHECK(plx_poller_backend(poller) == backend);
    plx_poller_destroy(poller);
    for (const uint32_t capability : kCapabilities) {
        const int64_t expected = has(backend, capability) ? int64_t{backend} : -ENOTSUP;
        CHECK(created(PLX_BACKEND_AUTO, capability) == expected);
    }
}

TEST_CASE("POLLUX_BACKEND does not touch an explicit choice") {
    FOR_EACH_BACKEND(backend);
    for (const char* value : {"epoll", "kqueue", "poll", "nonsense"}) {
        const Environment set(value);
        CHECK(created(backend) == backend);
    }
}

TEST_CASE("an unknown name in POLLUX_BACKEND is an error, an empty one is as if unset") {
    const auto ids = available_backends();
    {
        const Environment unknown("nonsense");
        CHECK(created(PLX_BACKEND_AUTO) == -EINVAL);
    }
    const Environment empty("");
    CHECK(created(PLX_BACKEND_AUTO) == ids[0]);
}

TEST_CASE("POLLUX_BACKEND that names an unusable backend does not fall back") {
    for (const uint32_t backend : kKnown) {
        if (is_available(backend)) continue;
        const Environment set(plx_backend_name(backend));
        CHECK(created(PLX_BACKEND_AUTO) == -ENOTSUP);
    }
}

TEST_CASE("pollers with different backends live in one process") {
    std::vector<std::unique_ptr<Poller>> pollers;
    const Pair pair = make_socket_pair();
    send_byte(pair.theirs);
    for (const uint32_t backend : available_backends()) {
        pollers.push_back(std::make_unique<Poller>(backend));
        REQUIRE(pollers.back()->add(pair.ours, backend, PLX_READABLE) == 0);
    }
    for (const auto& poller : pollers) {
        const uint32_t backend = plx_poller_backend(poller->get());
        expect_events(poller->wait(kHang), {{backend, PLX_READABLE}});
    }
}
