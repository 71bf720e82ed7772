// SPDX-License-Identifier: MIT
// The world and the calls that change registrations. The waits are in waits.cpp.
#include "model.hpp"

#include <cerrno>

namespace model {

namespace {

constexpr uint32_t kConditions = PLX_READABLE | PLX_WRITABLE | PLX_PRIORITY;
constexpr uint32_t kModes = PLX_EDGE | PLX_ONESHOT | PLX_EXCLUSIVE;

}  // namespace

Model::Model(uint32_t backend, int base)
    : backend_(backend), capabilities_(plx_backend_capabilities(backend)), base_(base) {}

// The world ---------------------------------------------------------------------------------------

void Model::open(Kind kind, int first, int second) {
    loosen(first);
    if (!has_one_side(kind)) loosen(second);
    files_.open(kind, first, second);
    forget_seen();
}

void Model::close(int number) {
    loosen(number);
    files_.close(number);
    forget_seen();
}

void Model::duplicate(int from, int to) {
    if (from == to) return;
    loosen(to);
    files_.duplicate(from, to);
    forget_seen();
}

void Model::write(End end, size_t bytes, bool full) {
    files_.write(end, bytes, full);
    forget_seen();
}

void Model::read(End end, size_t bytes, bool empty) {
    files_.read(end, bytes, empty);
    forget_seen();
}

void Model::send_urgent(End end) {
    files_.send_urgent(end);
}

void Model::shut_down(End end, bool reading, bool writing) {
    files_.shut_down(end, reading, writing);
}

void Model::learn_room(End end, bool room) {
    files_.learn_room(end, room);
    forget_seen();
}

void Model::fork() {
    files_.share();
    for (Poller& poller : pollers_)
        poller.foreign = true;
}

void Model::loosen(int number) {
    for (Poller& poller : pollers_) {
        Registration& registration = poller.registrations[static_cast<size_t>(number)];
        if (registration.loose && registration.present) {
            registration.others.push_back(files_.at(number));
        }
        registration.loose = true;
    }
    forget_passed();
}

// A condition that is certainly not there will be a change when it is there again.
void Model::forget_seen() {
    forget_passed();
    for (Poller& poller : pollers_) {
        for (Registration& registration : poller.registrations) {
            if (!registration.present || registration.seen == 0 || registration.loose) continue;
            const Facts facts = files_.facts(registration.bound);
            if (facts.read == Truth::kNo) registration.seen &= ~PLX_READABLE;
            if (facts.write == Truth::kNo) registration.seen &= ~PLX_WRITABLE;
            if (facts.urgent == Truth::kNo) registration.seen &= ~PLX_PRIORITY;
        }
    }
}

void Model::forget_passed() {
    for (Poller& poller : pollers_) {
        poller.wake_passed = 0;
        for (Registration& registration : poller.registrations)
            registration.passed = 0;
    }
}

// Registrations -----------------------------------------------------------------------------------

int Model::check_interest(uint32_t interest) const {
    if ((interest & ~(kConditions | kModes)) != 0) return -EINVAL;
    const bool mixed = (interest & (PLX_ONESHOT | PLX_PRIORITY)) != 0;
    if ((interest & PLX_EXCLUSIVE) != 0 && mixed) return -EINVAL;
    if ((interest & PLX_EDGE) != 0 && (capabilities_ & PLX_CAP_EDGE) == 0) return -ENOTSUP;
    if ((interest & PLX_PRIORITY) != 0 && (capabilities_ & PLX_CAP_PRIORITY) == 0) return -ENOTSUP;
    return 0;
}

int Model::check_file(int number) const {
    const End end = files_.at(number);
    if (!end) return -EBADF;
    return files_.kind(end) == Kind::kFile ? -EPERM : 0;
}

void Model::arm(int number, Registration* registration, uint64_t token, uint32_t interest) const {
    *registration = {};
    registration->present = true;
    registration->armed = true;
    registration->token = token;
    registration->interest = interest;
    registration->bound = files_.at(number);
}

int Model::add(int poller, int number, uint64_t token, uint32_t interest) {
    forget_passed();
    if (at(poller).foreign) return -EINVAL;
    int rc = check_interest(interest);
    if (rc < 0) return rc;
    if (number < 0) return -EBADF;
    Registration& registration = at(poller).registrations[static_cast<size_t>(number)];
    if (registration.present) return -EEXIST;
    rc = check_file(number);
    if (rc == 0) arm(number, &registration, token, interest);
    return rc;
}

int Model::modify(int poller, int number, uint64_t token, uint32_t interest) {
    forget_passed();
    if (at(poller).foreign) return -EINVAL;
    int rc = check_interest(interest);
    if (rc < 0) return rc;
    if (number < 0) return -EBADF;
    Registration& registration = at(poller).registrations[static_cast<size_t>(number)];
    if (!registration.present) return -ENOENT;
    rc = check_file(number);
    if (rc < 0) return rc;
    if (registration.loose) ++at(poller).leftovers;
    arm(number, &registration, token, interest);
    return 0;
}

int Model::remove(int poller, int number) {
    forget_passed();
    if (at(poller).foreign) return -EINVAL;
    if (number < 0) return -EBADF;
    Registration& registration = at(poller).registrations[static_cast<size_t>(number)];
    if (!registration.present) return -ENOENT;
    if (registration.loose) ++at(poller).leftovers;
    registration = {};
    return 0;
}

int Model::wake(int poller) {
    if (at(poller).foreign) return -EINVAL;
    forget_passed();
    at(poller).wake_pending = true;
    return 0;
}

// Everything is registered again as it is by now: a closed number is silent, another file under it
// takes the place of the old one.
int Model::after_fork(int poller) {
    forget_passed();
    Poller& here = at(poller);
    if (!here.foreign) return 0;
    here.foreign = false;
    here.wake_pending = false;
    here.leftovers = 0;
    for (int number = 0; number < kNumbers; ++number) {
        Registration& registration = here.registrations[static_cast<size_t>(number)];
        registration.bound = files_.at(number);
        registration.others.clear();
        if (!registration.bound) registration.armed = false;
    }
    return 0;
}

size_t Model::count(int poller) const {
    size_t count = 0;
    for (const Registration& registration : at(poller).registrations)
        count += registration.present ? 1 : 0;
    return count;
}

}  // namespace model
