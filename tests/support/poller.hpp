// SPDX-License-Identifier: MIT
// The poller as tests use it, and what they expect of its events.
#pragma once

#include "pollux/pollux.h"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

// Runs the rest of the test case once for each backend that works here.
#define FOR_EACH_BACKEND(backend)                                                 \
    const uint32_t backend = GENERATE(from_range(support::available_backends())); \
    INFO("backend: " << plx_backend_name(backend))

namespace support {

inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kSecond = 1'000 * kMillisecond;
// Long enough to show what should not be there.
inline constexpr int64_t kMoment = 20 * kMillisecond;
// Only ever passes in full when something is broken.
inline constexpr int64_t kHang = 20 * kSecond;

inline constexpr uint32_t kConditions = PLX_READABLE | PLX_WRITABLE | PLX_PRIORITY;

inline std::vector<uint32_t> available_backends() {
    std::vector<uint32_t> ids(plx_backend_list(nullptr, 0));
    ids.resize(plx_backend_list(ids.data(), ids.size()));
    return ids;
}

inline bool has(uint32_t backend, uint32_t capability) {
    return (plx_backend_capabilities(backend) & capability) != 0;
}

inline std::string names_of(uint32_t events) {
    static constexpr struct {
        uint32_t bit;
        const char* name;
    } kNames[] = {
        {PLX_READABLE, "READABLE"}, {PLX_WRITABLE, "WRITABLE"},
        {PLX_PRIORITY, "PRIORITY"}, {PLX_READ_CLOSED, "READ_CLOSED"},
        {PLX_HANGUP, "HANGUP"},     {PLX_ERROR, "ERROR"},
        {PLX_WOKEN, "WOKEN"},
    };
    std::string text;
    for (const auto& name : kNames) {
        if ((events & name.bit) != 0) text += (text.empty() ? "" : "|") + std::string(name.name);
    }
    return text.empty() ? "nothing" : text;
}

// What one wait gave.
struct Batch {
    int rc = 0;
    std::vector<plx_event> events;

    // The readiness reported for a token, 0 if there is none.
    uint32_t of(uint64_t token) const {
        for (const plx_event& event : events) {
            if (event.fd >= 0 && event.token == token) return event.events;
        }
        return 0;
    }
    bool has(uint64_t token) const { return of(token) != 0; }
    bool woken() const {
        return std::any_of(events.begin(), events.end(), [](const plx_event& event) {
            return event.events == PLX_WOKEN && event.fd == -1 && event.token == 0;
        });
    }
};

inline std::string describe(const Batch& batch) {
    std::ostringstream text;
    text << "wait gave " << batch.rc << (batch.rc < 0 ? plx_error_name(batch.rc) : "") << ":";
    for (const plx_event& event : batch.events) {
        text << " [token " << event.token << " fd " << event.fd << " " << names_of(event.events)
             << "]";
    }
    return text.str();
}

struct Expected {
    uint64_t token;
    uint32_t events;
};

// The batch is about exactly these tokens, once each, and each has at least these bits. More bits
// are not an error: hang-up and its like are hints. Says what is missing.
inline void expect_events(const Batch& batch, const std::vector<Expected>& wanted) {
    INFO(describe(batch));
    for (const Expected& expected : wanted) {
        const uint32_t missing = expected.events & ~batch.of(expected.token);
        INFO("token " << expected.token << " lacks " << names_of(missing));
        CHECK(missing == 0);
    }
    REQUIRE(batch.rc == static_cast<int>(wanted.size()));
}

class Poller {
public:
    explicit Poller(uint32_t backend) {
        plx_poller_options options = PLX_POLLER_OPTIONS_INIT;
        options.backend = backend;
        REQUIRE(plx_poller_create(&poller_, &options) == 0);
        REQUIRE(plx_poller_backend(poller_) == backend);
    }
    ~Poller() { plx_poller_destroy(poller_); }
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    plx_poller* get() const { return poller_; }
    void destroy() {
        plx_poller_destroy(poller_);
        poller_ = nullptr;
    }

    int add(int fd, uint64_t token, uint32_t interest) const {
        return plx_poller_add(poller_, fd, token, interest);
    }
    int modify(int fd, uint64_t token, uint32_t interest) const {
        return plx_poller_modify(poller_, fd, token, interest);
    }
    int remove(int fd) const { return plx_poller_remove(poller_, fd); }
    int wake() const { return plx_poller_wake(poller_); }
    int fd() const { return plx_poller_fd(poller_); }
    int after_fork() const { return plx_poller_after_fork(poller_); }
    size_t count() const { return plx_poller_count(poller_); }

    // No assertion in here: also for other threads and for children.
    Batch wait(int64_t timeout_ns, int capacity = 64) const {
        Batch batch;
        batch.events.resize(static_cast<size_t>(capacity));
        batch.rc = plx_poller_wait(poller_, batch.events.data(), capacity, timeout_ns);
        batch.events.resize(batch.rc < 0 ? 0 : static_cast<size_t>(batch.rc));
        return batch;
    }

    bool is_silent() const { return wait(kMoment).rc == 0; }

private:
    plx_poller* poller_ = nullptr;
};

}  // namespace support
