// SPDX-License-Identifier: MIT
#include "core/registry.hpp"

#include "support/catch.hpp"

#include <cstring>
#include <set>

TEST_CASE("every compiled backend has its own number, a known name and known capabilities") {
    std::set<uint32_t> ids;
    for (const pollux::BackendInfo* info : pollux::compiled_backends()) {
        CHECK(info->id != PLX_BACKEND_AUTO);
        CHECK(ids.insert(info->id).second);
        CHECK(std::strcmp(info->name, pollux::backend_name(info->id)) == 0);
        CHECK((info->capabilities & ~pollux::kAllCapabilities) == 0);
        CHECK(pollux::find_backend(info->id) == info);
    }
    CHECK(ids.count(PLX_BACKEND_POLL) == 1);
}

TEST_CASE("poll is the last resort of the compiled backends") {
    const pollux::BackendTable table = pollux::compiled_backends();
    CHECK(table.begin()[table.count - 1]->id == PLX_BACKEND_POLL);
}

TEST_CASE("a backend that is not compiled in is not found") {
    CHECK(pollux::find_backend(PLX_BACKEND_AUTO) == nullptr);
    CHECK(pollux::find_backend(1000) == nullptr);
}
