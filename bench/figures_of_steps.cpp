// SPDX-License-Identifier: MIT
#include "figures_of_steps.hpp"

#include "rounds.hpp"
#include "support/child.hpp"
#include "support/process.hpp"
#include "support/statistics.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>

extern "C" char** environ;

namespace bench {

using StepWork = Steps (*Contender::*)(const Parameters&);

// Of one step: values[i] are those of contender i. Ratios are to the first that has the step.
static void print_step(const char* step, std::span<const Contender* const> who,
                       std::span<const Values> values) {
    const Values* first = nullptr;
    for (size_t i = 0; i < who.size(); ++i) {
        if (std::isnan(values[i][0])) continue;
        if (first == nullptr) first = &values[i];
        std::printf("%s\t", step);
        if (spread_of(*first).median > 0) {
            print_spread(who[i]->name, values[i], *first);
        } else {
            const Spread spread = spread_of(values[i]);
            std::printf("%s\t%.1f\t%.1f\t%.1f\t-\t-\t-", who[i]->name, spread.median, spread.lower,
                        spread.upper);
        }
        print_rounds(values[i]);
    }
}

// measure(contender) gives an array of a figure for each name, or more.
template <typename Measure>
static int compare(const Request& request, std::span<const Contender* const> who,
                   std::span<const char* const> names, Measure measure) {
    std::vector<std::vector<Values>> values(
        names.size(), std::vector<Values>(who.size(), Values(request.rounds)));
    play(who.size(), request.rounds, [&](size_t i, size_t round) {
        const auto steps = measure(*who[i]);
        for (size_t step = 0; step < names.size(); ++step)
            values[step][i][round] = steps[step];
    });
    for (size_t step = 0; step < names.size(); ++step)
        print_step(names[step], who, values[step]);
    return 0;
}

static int compare_steps(const Request& request, StepWork work,
                         std::span<const char* const> names) {
    return compare(request, request.able(work), names,
                   [&](const Contender& who) { return (who.*work)(request.parameters); });
}

int compare_timers(const Request& request) {
    static constexpr const char* kNames[kTimerStepCount] = {
        "start cold",    "start",      "restart",      "push", "cancel", "mixed start",
        "mixed restart", "mixed push", "mixed cancel", "fire", "sum"};
    return compare(request, request.able(&Contender::timers), kNames, [&](const Contender& who) {
        return in_child([&] { return who.timers(request.parameters); });
    });
}

int compare_churn(const Request& asked) {
    static constexpr const char* kNames[] = {"add, remove", "add | remove", "toggle",
                                             "toggle there, back", "toggle alone"};
    Request request = asked;
    if (request.parameters.fds < 2) give_up("at least 2 for churn", "fds");
    const Pairs pairs(request.parameters.fds);
    for (size_t i = 0; i < request.parameters.fds; ++i)
        fill(pairs[i].first);
    request.parameters.pairs = &pairs;
    return compare_steps(request, &Contender::churn, kNames);
}

int compare_wake(const Request& request) {
    static constexpr const char* kNames[] = {"trip", "busy", "storm", "storm waits"};
    return compare_steps(request, &Contender::wake, kNames);
}

int compare_idle(const Request& asked) {
    static constexpr const char* kNames[] = {"ticking", "wake-ups a tick", "silent",
                                             "wake-ups in silence"};
    Request request = asked;
    const Pairs pairs(request.parameters.fds);
    request.parameters.pairs = &pairs;
    return compare_steps(request, &Contender::idle, kNames);
}

int compare_create(const Request& request) {
    static constexpr const char* kNames[] = {"create", "create, watch one"};
    const Pairs pairs(1);
    Request with_pair = request;
    with_pair.parameters.pairs = &pairs;
    return compare_steps(with_pair, &Contender::create, kNames);
}

static double time_to_run(const char* path) {
    char* arguments[] = {const_cast<char*>(path), nullptr};
    const int64_t before = wall_clock();
    pid_t child;
    errno = posix_spawn(&child, path, nullptr, nullptr, arguments, environ);
    if (errno != 0) fail(path);
    int status;
    check(waitpid(child, &status, 0), "waitpid");
    if (status != 0) give_up("did not end well", path);
    return static_cast<double>(wall_clock() - before);
}

int compare_startup(const Request& request) {
    constexpr int kRuns = 10;  // of each in a round
    const std::span<const Program> programs = startup_programs();
    std::vector<Values> times(programs.size(), Values(request.rounds));
    play(programs.size(), request.rounds, [&](size_t i, size_t round) {
        Values runs(kRuns);
        for (double& run : runs)
            run = time_to_run(programs[i].path);
        times[i][round] = spread_of(runs).median;
    });
    for (size_t i = 0; i < programs.size(); ++i) {
        print_spread(programs[i].name, times[i], times[0]);
        print_rounds(times[i]);
    }
    return 0;
}

static void print_footprint(const char* of, const char* name, const Footprint& footprint,
                            size_t count) {
    const double library = static_cast<double>(footprint.library_bytes);
    std::printf("%s\t%s\t%.1f\t%zu\n", of, name, library / static_cast<double>(count),
                footprint.watch_bytes);
}

int print_footprints(const Request& request) {
    for (const Contender* contender : request.able(&Contender::timer_memory)) {
        print_footprint("timer", contender->name, contender->timer_memory(request.parameters),
                        request.parameters.timers);
    }
    require_descriptors(1024);
    const Pairs pairs(1);
    Parameters parameters = request.parameters;
    parameters.pairs = &pairs;
    for (const Contender* contender : request.able(&Contender::loop_memory))
        print_footprint("loop", contender->name, contender->loop_memory(parameters), 1);
    return 0;
}

}  // namespace bench
