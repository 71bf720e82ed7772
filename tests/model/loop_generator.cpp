// SPDX-License-Identifier: MIT
#include "loop_generator.hpp"

#include "lot.hpp"

#include <utility>

namespace loop_model {

namespace {

constexpr int kNever = 2'000'000'000;  // microseconds

class Generator {
public:
    explicit Generator(uint64_t seed) : lot_(seed) {}
    Program generate();

private:
    using Chance = std::pair<int, Verb>;

    void add(Verb verb, int where);
    Verb draw_verb(bool in_callback);
    int draw_delay();
    int draw_period();
    int draw_name() { return lot_.below(kNames); }
    int draw_end() { return lot_.in_hundred(2) ? -1 : lot_.below(kEnds); }
    int draw_interest() { return lot_.in_hundred(3) ? kInterests - 1 : lot_.below(kInterests - 1); }
    int draw_signal() { return lot_.in_hundred(3) ? kSignals : lot_.below(kSignals); }
    std::array<int, 3> draw_args(Verb verb);

    model::Lot lot_;
    Program program_;
};

// What is drawn more often than the rest is what makes callbacks.
Verb Generator::draw_verb(bool in_callback) {
    const Chance chances[] = {{11, Verb::kIo},
                              {8, Verb::kIoSet},
                              {7, Verb::kSend},
                              {4, Verb::kDrain},
                              {12, Verb::kTimer},
                              {6, Verb::kTimerSet},
                              {6, Verb::kSignal},
                              {9, Verb::kRaise},
                              {9, Verb::kWork},
                              {4, Verb::kRelease},
                              {3, Verb::kSettle},
                              {12, Verb::kPost},
                              {3, Verb::kPostFrom},
                              {2, Verb::kJoin},
                              {13, Verb::kClose},
                              {4, Verb::kCloseOld},
                              {1, Verb::kForeign},
                              {3, Verb::kRef},
                              {6, Verb::kUnref},
                              {2, Verb::kStop},
                              {2, Verb::kUpdateNow},
                              {1, Verb::kSleep},
                              {in_callback ? 3 : 0, Verb::kRun},
                              {1, Verb::kDestroy}};
    int total = 0;
    for (const auto& chance : chances)
        total += chance.first;
    int drawn = lot_.below(total);
    for (const auto& [chance, verb] : chances) {
        drawn -= chance;
        if (drawn < 0) return verb;
    }
    return Verb::kPost;
}

int Generator::draw_delay() {
    if (program_.is_calm) return lot_.in_hundred(80) ? 0 : kNever;
    return lot_.one_of({0, 0, 0, 1, 100, 1000, 1000, 2000, kNever});
}

int Generator::draw_period() {
    if (lot_.in_hundred(60)) return 0;
    return program_.is_calm ? kNever : lot_.one_of({1, 50, 500, 1000, kNever});
}

std::array<int, 3> Generator::draw_args(Verb verb) {
    switch (verb) {
        case Verb::kIo:
            return {draw_name(), draw_end(), draw_interest()};
        case Verb::kIoSet:
            return {draw_name(), draw_interest(), 0};
        case Verb::kSend:
        case Verb::kDrain:
            return {lot_.below(kEnds), 0, 0};
        case Verb::kTimer:
            return {draw_name(), draw_delay(), draw_period()};
        case Verb::kTimerSet:
            return {draw_name(), lot_.in_hundred(20) ? -1 : draw_delay(), draw_period()};
        case Verb::kSignal:
            return {draw_name(), draw_signal(), 0};
        case Verb::kRaise:
            return {lot_.below(kSignals), 0, 0};
        case Verb::kWork:
            return {draw_name(), lot_.below(2), 0};
        case Verb::kPostFrom:
            return {lot_.below(kThreads), draw_name(), 1 + lot_.below(5)};
        case Verb::kJoin:
            return {lot_.below(kThreads), 0, 0};
        case Verb::kSleep:
            return {lot_.one_of({10, 200, 1500}), 0, 0};
        case Verb::kRun:
            return {lot_.below(3), 0, 0};
        default:
            return {draw_name(), 0, 0};
    }
}

void Generator::add(Verb verb, int where) {
    if (program_.is_calm && verb == Verb::kSleep) return;
    program_.ops.push_back({verb, draw_args(verb), where});
}

Program Generator::generate() {
    program_.is_calm = lot_.in_hundred(50);
    program_.settles = program_.is_calm || lot_.in_hundred(60);
    program_.threads = program_.is_calm ? 1 : 1 + lot_.below(2);
    program_.events = program_.is_calm || lot_.in_hundred(70) ? 0 : 1 + lot_.below(3);
    const int calls = lot_.in_hundred(10) ? 120 : 10 + lot_.below(50);
    for (int i = 0; i < calls; ++i) {
        if (lot_.in_hundred(18)) {
            program_.ops.push_back({Verb::kRun, {lot_.below(3), 0, 0}, kInMain});
            continue;
        }
        const bool in_callback = lot_.in_hundred(55);
        add(draw_verb(in_callback), in_callback ? draw_name() : kInMain);
    }
    program_.ops.push_back({Verb::kRun, {0, 0, 0}, kInMain});
    return program_;
}

}  // namespace

Program generate(uint64_t seed) {
    return Generator(seed).generate();
}

}  // namespace loop_model
