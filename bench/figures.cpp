// SPDX-License-Identifier: MIT
#include "figures.hpp"

#include "rounds.hpp"
#include "support/statistics.hpp"

#include <cstdio>
#include <vector>

namespace bench {

int compare_chain(Request request, Sample (*Contender::*work)(const Parameters&)) {
    require_active(request, request.parameters.fds, "more than fds");
    const Pairs pairs(request.parameters.fds);
    request.parameters.pairs = &pairs;
    const auto who = request.able(work);
    std::vector<Values> processor(who.size(), Values(request.rounds));
    std::vector<Values> wall = processor;
    play(who.size(), request.rounds, [&](size_t i, size_t round) {
        const Sample sample = (who[i]->*work)(request.parameters);
        const auto events = static_cast<double>(sample.events);
        processor[i][round] = static_cast<double>(sample.processor_ns) / events;
        wall[i][round] = static_cast<double>(sample.wall_ns) / events;
    });
    for (size_t i = 0; i < who.size(); ++i) {
        print_spread(who[i]->name, processor[i], processor[0]);
        std::printf("\t%.1f", spread_of(wall[i]).median);
        print_rounds(processor[i]);
    }
    return 0;
}

static double per_second(double ns) {
    return 1e9 / ns;
}

int compare_network(Request request, NetworkSample (*Contender::*work)(const Parameters&)) {
    require_active(request, request.connections, "more than connections");
    const Connections connections(request.connections);
    request.parameters.connections = &connections;
    const auto who = request.able(work);
    std::vector<Values> processor(who.size(), Values(request.rounds));
    std::vector<Values> wall = processor;
    std::vector<Values> median = processor;
    std::vector<Values> percentile99 = processor;
    play(who.size(), request.rounds, [&](size_t i, size_t round) {
        const NetworkSample sample = (who[i]->*work)(request.parameters);
        const auto messages = static_cast<double>(sample.served.events);
        processor[i][round] = static_cast<double>(sample.served.processor_ns) / messages;
        wall[i][round] = static_cast<double>(sample.served.wall_ns) / messages;
        median[i][round] = sample.latency_median;
        percentile99[i][round] = sample.latency_percentile99;
    });
    for (size_t i = 0; i < who.size(); ++i) {
        const double ns = spread_of(wall[i]).median;
        print_spread(who[i]->name, processor[i], processor[0]);
        std::printf("\t%.1f\t%.0f\t%.0f\t%.0f", ns, per_second(ns), spread_of(median[i]).median,
                    spread_of(percentile99[i]).median);
        print_rounds(processor[i]);
    }
    return 0;
}

int compare_accept(const Request& request) {
    const Parameters& parameters = request.parameters;
    // What the kernel keeps for a listener, and more than that waits for a second.
    require_active(request, 128, "more than 128 at a time");
    if (parameters.listeners != 1 && parameters.listeners != parameters.threads) {
        give_up("neither 1 nor as many as threads", "listeners");
    }
    const auto who = request.able(&Contender::accept);
    std::vector<Values> processor(who.size(), Values(request.rounds));
    std::vector<Values> wall = processor;
    std::vector<Values> in_vain = processor;
    play(who.size(), request.rounds, [&](size_t i, size_t round) {
        const AcceptSample sample = who[i]->accept(parameters);
        const auto connections = static_cast<double>(sample.connections);
        processor[i][round] = static_cast<double>(sample.processor_ns) / connections;
        wall[i][round] = static_cast<double>(sample.wall_ns) / connections;
        in_vain[i][round] = static_cast<double>(sample.in_vain) / connections;
    });
    for (size_t i = 0; i < who.size(); ++i) {
        const double ns = spread_of(wall[i]).median;
        print_spread(who[i]->name, processor[i], processor[0]);
        std::printf("\t%.1f\t%.0f\t%.3f", ns, per_second(ns), spread_of(in_vain[i]).median);
        print_rounds(processor[i]);
    }
    return 0;
}

int compare_posts(const Request& request, double (*Contender::*work)(const Parameters&)) {
    const auto who = request.able(work);
    std::vector<Values> times(who.size(), Values(request.rounds));
    play(who.size(), request.rounds,
         [&](size_t i, size_t round) { times[i][round] = (who[i]->*work)(request.parameters); });
    for (size_t i = 0; i < who.size(); ++i) {
        print_spread(who[i]->name, times[i], times[0]);
        print_rounds(times[i]);
    }
    return 0;
}

}  // namespace bench
