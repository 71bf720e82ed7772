// SPDX-License-Identifier: MIT
#include "generator.hpp"

#include "lot.hpp"
#include "pollux/pollux.h"

#include <utility>

namespace model {

namespace {

class Generator {
public:
    explicit Generator(uint64_t seed) : lot_(seed) {}

    Program generate();

private:
    using Chance = std::pair<int, Verb>;

    void add(Verb verb, int first = 0, int second = 0, int third = 0);
    void add_step();
    void add_on_files(Verb verb);
    void add_open();
    void add_registration(Verb verb);
    void add_waits();
    void add_fork();

    Verb draw_verb();
    Kind draw_kind();
    uint32_t draw_interest();
    uint32_t draw_modes();
    int draw_poller() { return two_pollers_ ? lot_.below(kPollers) : 0; }
    int draw_timeout();
    // Mostly a number for which it makes sense.
    int draw_open() { return draw_number(is_open_, true); }
    int draw_number(const bool (&set)[kNumbers], bool wanted);

    Lot lot_;
    Program program_;
    bool is_open_[kNumbers] = {};
    bool is_registered_[kNumbers] = {};
    bool two_pollers_ = false;
    bool edges_ = false;
    bool forks_ = false;
};

void Generator::add(Verb verb, int first, int second, int third) {
    program_.push_back({verb, {first, second, third}});
}

int Generator::draw_number(const bool (&set)[kNumbers], bool wanted) {
    if (lot_.in_hundred(1)) return -1;
    const int start = lot_.below(kNumbers);
    if (lot_.in_hundred(8)) return start;
    for (int i = 0; i < kNumbers; ++i) {
        const int number = (start + i) % kNumbers;
        if (set[number] == wanted) return number;
    }
    return start;
}

Kind Generator::draw_kind() {
    const int lot = lot_.below(100);
    if (lot < 45) return Kind::kUnix;
    if (lot < 65) return Kind::kPipe;
    if (lot < 78) return Kind::kTcp;
    if (lot < 90) return Kind::kEventfd;
    if (lot < 94) return Kind::kFifo;
    if (lot < 97) return Kind::kListener;
    return lot < 98 ? Kind::kPty : Kind::kFile;
}

uint32_t Generator::draw_modes() {
    uint32_t modes = 0;
    if (edges_ && lot_.in_hundred(50)) modes |= PLX_EDGE;
    if (lot_.in_hundred(25)) modes |= PLX_ONESHOT;
    if (lot_.in_hundred(10)) modes |= PLX_EXCLUSIVE;
    return modes;
}

uint32_t Generator::draw_interest() {
    if (lot_.in_hundred(2)) return lot_.one_of({PLX_ERROR, PLX_WOKEN, UINT32_C(0x8000)});
    uint32_t conditions = lot_.one_of(
        {PLX_READABLE, PLX_READABLE, PLX_WRITABLE, PLX_READABLE | PLX_WRITABLE, UINT32_C(0)});
    if (lot_.in_hundred(6)) conditions |= PLX_PRIORITY;
    return conditions | draw_modes();
}

int Generator::draw_timeout() {
    if (lot_.in_hundred(5)) return -1;
    return lot_.in_hundred(1) ? 1 + lot_.below(1500) : 0;
}

Verb Generator::draw_verb() {
    static constexpr Chance kChances[] = {
        {2, Verb::kFront},  {22, Verb::kWait},    {12, Verb::kAdd},  {11, Verb::kModify},
        {7, Verb::kRemove}, {10, Verb::kWrite},   {4, Verb::kRead},  {6, Verb::kDrain},
        {3, Verb::kFill},   {5, Verb::kClose},    {4, Verb::kDup},   {4, Verb::kOpen},
        {4, Verb::kWake},   {3, Verb::kShutdown}, {1, Verb::kReset}, {2, Verb::kUrgent},
    };
    int lot = lot_.below(100);
    for (const auto& [chances, verb] : kChances) {
        if (lot < chances) return verb;
        lot -= chances;
    }
    return Verb::kWait;
}

void Generator::add_open() {
    // Mostly beside what is there, now and then over it.
    const int first = draw_number(is_open_, lot_.in_hundred(10));
    if (first < 0) return;
    is_open_[first] = true;
    const Kind kind = draw_kind();
    int second = draw_number(is_open_, false);
    if (second < 0 || second == first) second = (first + 1) % kNumbers;
    if (kind < Kind::kEventfd || kind == Kind::kPty) is_open_[second] = true;
    add(Verb::kOpen, static_cast<int>(kind), first, second);
}

// Often several in a row, so that a small array comes round.
void Generator::add_waits() {
    const int poller = draw_poller();
    if (lot_.in_hundred(1)) return add(Verb::kWait, poller, lot_.one_of({0, -1}), 0);
    const int capacity = lot_.in_hundred(50) ? kNumbers + 1 : 1 + lot_.below(4);
    int rounds = lot_.in_hundred(70) ? 1 : 2;
    if (capacity < 3 && lot_.in_hundred(10)) rounds = 12;
    for (int i = 0; i < rounds; ++i)
        add(Verb::kWait, poller, capacity, draw_timeout());
}

void Generator::add_fork() {
    add(Verb::kFork);
    if (lot_.in_hundred(50)) add_step();
    if (lot_.in_hundred(95)) add(Verb::kAfterFork, 0);
    if (two_pollers_) add(Verb::kAfterFork, 1);
}

void Generator::add_on_files(Verb verb) {
    if (verb == Verb::kOpen) return add_open();
    const bool closes = verb == Verb::kClose || verb == Verb::kReset;
    const bool registered = closes && lot_.in_hundred(40);
    const int number = registered ? draw_number(is_registered_, true) : draw_open();
    if (verb == Verb::kDup) {
        int to = lot_.in_hundred(40) ? lot_.below(kNumbers) : draw_number(is_open_, false);
        if (lot_.in_hundred(40)) to = draw_number(is_registered_, true);
        if (to >= 0 && number >= 0) is_open_[to] |= is_open_[number];
        return add(verb, number, to);
    }
    if (closes && number >= 0) is_open_[number] = false;
    if (verb == Verb::kShutdown) return add(verb, number, 1 + lot_.below(3));
    add(verb, number, lot_.in_hundred(90) ? 1 + lot_.below(8) : 1 + lot_.below(20'000));
}

void Generator::add_step() {
    const Verb verb = draw_verb();
    if (verb < Verb::kAdd) return add_on_files(verb);
    if (verb == Verb::kWait) return add_waits();
    if (verb == Verb::kWake || verb == Verb::kFront) return add(verb, draw_poller());
    add_registration(verb);
}

void Generator::add_registration(Verb verb) {
    const int poller = draw_poller();
    const bool is_add = verb == Verb::kAdd;
    // What is added should be open and new, mostly.
    bool addable[kNumbers];
    for (int i = 0; i < kNumbers; ++i)
        addable[i] = is_open_[i] && !is_registered_[i];
    const int number = is_add ? draw_number(addable, true) : draw_number(is_registered_, true);
    const auto interest = static_cast<int>(draw_interest());
    if (number >= 0) is_registered_[number] = verb != Verb::kRemove;
    add(verb, poller, number, interest);
}

Program Generator::generate() {
    two_pollers_ = lot_.in_hundred(10);
    edges_ = lot_.in_hundred(50);
    forks_ = lot_.in_hundred(1);
    const int pairs = 1 + lot_.below(5);
    for (int i = 0; i < pairs; ++i)
        add_open();
    for (int i = lot_.below(2 * pairs); i >= 0; --i)
        add_registration(Verb::kAdd);
    const int steps = 12 + lot_.below(24);
    const int fork_at = forks_ ? lot_.below(steps) : -1;
    for (int i = 0; i < steps; ++i) {
        if (i == fork_at) add_fork();
        add_step();
    }
    add(Verb::kWait, 0, kNumbers + 1, 0);
    return program_;
}

}  // namespace

Program generate(uint64_t seed) {
    return Generator(seed).generate();
}

}  // namespace model
