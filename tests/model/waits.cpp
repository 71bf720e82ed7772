// SPDX-License-Identifier: MIT
// What a wait must, may and must not report.
#include "model.hpp"

#include <bit>
#include <cerrno>
#include <sstream>
#include <utility>

namespace model {

namespace {

// With `ready` descriptors each wait moves on, so nobody is passed over by more events than this:
// a full round of a record for each condition, as kqueue counts, and one that was under way.
constexpr int longest_queue(int ready) {
    return 3 * (ready + 2);
}

}  // namespace

std::string to_text(const plx_event& event, int base) {
    std::ostringstream text;
    text << "number " << event.fd - base << " token " << event.token << " "
         << interest_text(event.events);
    return event.fd == -1 ? interest_text(event.events) : text.str();
}

// What may come ----------------------------------------------------------------------------------

uint32_t Model::allowed_of(End end, const Registration& registration) const {
    if (!end) return 0;
    const Facts facts = files_.facts(end);
    uint32_t allowed = facts.hints;
    if (facts.read != Truth::kNo) allowed |= PLX_READABLE;
    if (facts.write != Truth::kNo) allowed |= PLX_WRITABLE;
    if (facts.urgent != Truth::kNo) allowed |= PLX_PRIORITY;
    const uint32_t interest = registration.interest;
    allowed &= interest | PLX_HANGUP | PLX_ERROR | PLX_READ_CLOSED;
    const bool exclusive =
        (interest & PLX_EXCLUSIVE) != 0 && (capabilities_ & PLX_CAP_EXCLUSIVE) != 0;
    if (exclusive || (interest & PLX_READABLE) == 0) allowed &= ~PLX_READ_CLOSED;
    return allowed;
}

uint32_t Model::allowed(int number, const Registration& registration) const {
    const uint32_t conditions = PLX_READABLE | PLX_WRITABLE | PLX_PRIORITY;
    if (!registration.present || !registration.armed) return 0;
    if ((registration.interest & conditions) == 0) return 0;
    if (!registration.loose) return allowed_of(registration.bound, registration);
    uint32_t allowed =
        allowed_of(files_.at(number), registration) | allowed_of(registration.bound, registration);
    for (const End end : registration.others)
        allowed |= allowed_of(end, registration);
    return allowed;
}

// What must come ---------------------------------------------------------------------------------

// Of those that watch a file exclusively, at least one hears of it.
bool Model::is_exclusive_elsewhere(const Registration& registration) const {
    if ((registration.interest & PLX_EXCLUSIVE) == 0) return false;
    for (const Poller& poller : pollers_) {
        for (const Registration& other : poller.registrations) {
            if (&other == &registration || !other.present) continue;
            if (other.bound == registration.bound && (other.interest & PLX_EXCLUSIVE) != 0) {
                return true;
            }
        }
    }
    return false;
}

std::vector<uint32_t> Model::due(const Registration& registration) const {
    std::vector<uint32_t> groups;
    if (!registration.present || !registration.armed || registration.loose) return groups;
    if (is_exclusive_elsewhere(registration)) return groups;
    const Facts facts = files_.facts(registration.bound);
    uint32_t asked = registration.interest;
    if ((asked & PLX_EDGE) != 0) asked &= ~registration.seen;
    const auto demand = [&](uint32_t condition, Truth truth, uint32_t as) {
        if ((asked & condition) != 0 && truth == Truth::kYes) groups.push_back(as);
    };
    demand(PLX_READABLE, facts.read, facts.read_as);
    demand(PLX_WRITABLE, facts.write, facts.write_as);
    demand(PLX_PRIORITY, facts.urgent, PLX_PRIORITY);
    return groups;
}

int Model::front(int poller) const {
    if (at(poller).foreign) return -EINVAL;
    return (capabilities_ & PLX_CAP_NATIVE_FD) != 0 ? 0 : -ENOTSUP;
}

// A kqueue may have queued what it finds no longer true when it is asked.
Truth Model::is_front_readable(int poller) const {
    const Poller& here = at(poller);
    bool may_be = here.leftovers > 0 || backend_ == PLX_BACKEND_KQUEUE;
    if (here.wake_pending) return Truth::kYes;
    for (int number = 0; number < kNumbers; ++number) {
        const Registration& registration = here.registrations[static_cast<size_t>(number)];
        if (!due(registration).empty()) return Truth::kYes;
        may_be |= allowed(number, registration) != 0;
    }
    return may_be ? Truth::kMaybe : Truth::kNo;
}

// What came --------------------------------------------------------------------------------------

int Model::begin_wait(int poller, int capacity) {
    if (capacity < 1 || at(poller).foreign) return -EINVAL;
    for (Registration& registration : at(poller).registrations)
        registration.taken = false;
    return 0;
}

std::string Model::take_events(int poller, const std::vector<plx_event>& events) {
    for (const plx_event& event : events) {
        const std::string wrong = take_event(&at(poller), event);
        if (!wrong.empty()) return to_text(event, base_) + ": " + wrong;
    }
    return "";
}

// What was taken may well be there again; what is still missing is not to be asked for twice.
std::string Model::take_late_events(int poller, const std::vector<plx_event>& events) {
    std::array<bool, kNumbers> taken{};
    for (size_t i = 0; i < kNumbers; ++i)
        taken[i] = std::exchange(at(poller).registrations[i].taken, false);
    std::string wrong = take_events(poller, events);
    for (size_t i = 0; i < kNumbers; ++i)
        at(poller).registrations[i].taken |= taken[i];
    return wrong;
}

std::string Model::take_event(Poller* poller, const plx_event& event) {
    if ((event.events & PLX_WOKEN) == 0) return take_registered(poller, event);
    if (event.events != PLX_WOKEN || event.fd != -1 || event.token != 0) {
        return "a wake comes alone, with fd -1 and token 0";
    }
    if (!poller->wake_pending) return "nobody has woken, or it was reported before";
    poller->wake_pending = false;
    poller->wake_passed = 0;
    return "";
}

Model::Registration* Model::find(Poller* poller, int fd) const {
    const int number = fd - base_;
    if (number < 0 || number >= kNumbers) return nullptr;
    Registration& registration = poller->registrations[static_cast<size_t>(number)];
    return registration.present ? &registration : nullptr;
}

std::string Model::take_registered(Poller* poller, const plx_event& event) {
    Registration* registration = find(poller, event.fd);
    if (registration == nullptr) return "it is not registered";
    if (event.token != registration->token) {
        return "its token is " + std::to_string(registration->token);
    }
    if (!registration->armed) return "its one-shot was reported before";
    if (registration->taken) return "it is twice in one wait";
    if (event.events == 0) return "nothing is reported of it";
    const uint32_t may = allowed(event.fd - base_, *registration);
    if ((event.events & ~may) != 0) {
        return "it cannot be " + interest_text(event.events & ~may);
    }
    for (const uint32_t group : due(*registration)) {
        if ((event.events & group) == 0) return "it has to be " + interest_text(group);
    }
    const Facts facts = files_.facts(registration->bound);
    if ((event.events & facts.read_as) != 0) registration->seen |= PLX_READABLE;
    if ((event.events & facts.write_as) != 0) registration->seen |= PLX_WRITABLE;
    registration->seen |= event.events & PLX_PRIORITY;
    if ((registration->interest & PLX_ONESHOT) != 0) registration->armed = false;
    registration->taken = true;
    registration->passed = 0;
    return "";
}

// What did not come -------------------------------------------------------------------------------

std::vector<Model::Missing> Model::missing(int poller) const {
    std::vector<Missing> missing;
    if (at(poller).wake_pending) missing.push_back({"the wake", false});
    for (int number = 0; number < kNumbers; ++number) {
        const Registration& registration = at(poller).registrations[static_cast<size_t>(number)];
        if (registration.taken) continue;
        const std::vector<uint32_t> groups = due(registration);
        if (groups.empty()) continue;
        std::string what = "number " + std::to_string(number);
        for (const uint32_t group : groups)
            what += " " + interest_text(group);
        missing.push_back({what, files_.is_asynchronous(registration.bound)});
    }
    return missing;
}

// What is left of closed numbers may take up room once; poll(2) has no such leftovers. kqueue has a
// record for each condition, so the array may be full of records of fewer descriptors.
bool Model::is_full(int poller, int capacity, int count) const {
    if (count == capacity || backend_ == PLX_BACKEND_POLL) return count == capacity;
    if (count == 0) return false;
    int records = count + at(poller).leftovers;
    if (backend_ != PLX_BACKEND_KQUEUE) return records >= capacity;
    for (const Registration& registration : at(poller).registrations) {
        const uint32_t conditions = PLX_READABLE | PLX_WRITABLE | PLX_PRIORITY;
        if (registration.present) records += std::popcount(registration.interest & conditions);
    }
    return records >= capacity;
}

std::string Model::pass_over(int poller, int count) {
    Poller& here = at(poller);
    const int longest = longest_queue(static_cast<int>(this->count(poller)) + here.leftovers);
    if (here.wake_pending) here.wake_passed += count;
    if (here.wake_passed > longest) return "the wake is starved";
    for (Registration& registration : here.registrations) {
        if (registration.taken || due(registration).empty()) continue;
        registration.passed += count;
        if (registration.passed <= longest) continue;
        return "token " + std::to_string(registration.token) + " is starved";
    }
    return "";
}

std::string Model::check_identity(int poller, const std::vector<plx_event>& events) const {
    Poller here = at(poller);
    for (const plx_event& event : events) {
        if (event.events == PLX_WOKEN && here.wake_pending) continue;
        const Registration* registration = find(&here, event.fd);
        const uint32_t hints = PLX_HANGUP | PLX_ERROR | PLX_READ_CLOSED;
        if (registration == nullptr || !registration->armed || event.token != registration->token ||
            (event.events & ~(registration->interest | hints)) != 0) {
            return to_text(event, base_) + ": no registration of this process";
        }
    }
    return "";
}

}  // namespace model
