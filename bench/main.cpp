// SPDX-License-Identifier: MIT
// The benchmark program. Results go to standard output, one a line, with tabs between the fields;
// scripts/bench.sh runs it and makes tables of them.
#include "contender.hpp"
#include "support/process.hpp"
#include "support/statistics.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

using bench::Contender;
using bench::Parameters;
using bench::Sample;
using bench::Spread;

constexpr const char kUsage[] =
    "usage: pollux_bench contenders                     who takes part\n"
    "       pollux_bench run WORK CONTENDER [KEY=N ...]  once; prints the number of events\n"
    "       pollux_bench compare WORK [KEY=N ...] [CONTENDER ...]\n"
    "           all in turn, round after round; prints, of each: name, nanoseconds of processor\n"
    "           time per event (median, quartiles), ratio to the first (of the medians; quartiles\n"
    "           of the rounds' own ratios), nanoseconds of wall time per event (median)\n"
    "       pollux_bench memory [fds=N]                  bytes per descriptor: library, watch\n"
    "works: chain\n"
    "keys:  fds, active, events (of one round), rounds\n";

[[noreturn]] void give_up(const char* problem, const char* what) {
    std::fprintf(stderr, "pollux_bench: %s: %s\n%s", problem, what, kUsage);
    std::exit(2);
}

struct Request {
    Parameters parameters;
    size_t rounds = 16;
    std::vector<const Contender*> who;
};

const Contender* find_contender(std::string_view name) {
    for (const Contender* contender : bench::contenders()) {
        if (name == contender->name) return contender;
    }
    return nullptr;
}

void read_setting(Request* request, const char* argument) {
    const char* equals = std::strchr(argument, '=');
    const std::string_view key(argument, static_cast<size_t>(equals - argument));
    char* end;
    const size_t value = std::strtoul(equals + 1, &end, 10);
    if (*end != '\0' || value == 0) give_up("not a number above 0", argument);
    if (key == "fds") {
        request->parameters.fds = value;
    } else if (key == "active") {
        request->parameters.active = value;
    } else if (key == "events") {
        request->parameters.events = value;
    } else if (key == "rounds") {
        request->rounds = value;
    } else {
        give_up("unknown key", argument);
    }
}

Request read_request(int count, char** arguments) {
    Request request;
    for (int i = 0; i < count; ++i) {
        if (std::strchr(arguments[i], '=') != nullptr) {
            read_setting(&request, arguments[i]);
        } else if (const Contender* contender = find_contender(arguments[i])) {
            request.who.push_back(contender);
        } else {
            give_up("no such contender", arguments[i]);
        }
    }
    if (request.who.empty()) {
        for (const Contender* contender : bench::contenders())
            request.who.push_back(contender);
    }
    if (request.parameters.active > request.parameters.fds) give_up("more than fds", "active");
    return request;
}

using Work = Sample (*Contender::*)(const Parameters&);

Work find_work(const char* name) {
    if (std::strcmp(name, "chain") == 0) return &Contender::chain;
    give_up("no such work", name);
}

struct Rounds {
    std::vector<double> processor;
    std::vector<double> wall;
    std::vector<double> ratio;
};

// In turn, and each round begins with another one: what the kernel still has to tidy up after one
// contender is charged to the next.
void play(const Request& request, Work work, std::vector<Rounds>* results) {
    const size_t count = request.who.size();
    std::vector<double> processor(count);
    for (size_t round = 0; round < request.rounds; ++round) {
        for (size_t turn = 0; turn < count; ++turn) {
            const size_t i = (round + turn) % count;
            const Sample sample = (request.who[i]->*work)(request.parameters);
            const auto events = static_cast<double>(sample.events);
            processor[i] = static_cast<double>(sample.processor_ns) / events;
            (*results)[i].wall.push_back(static_cast<double>(sample.wall_ns) / events);
        }
        for (size_t i = 0; i < count; ++i) {
            (*results)[i].processor.push_back(processor[i]);
            (*results)[i].ratio.push_back(processor[i] / processor[0]);
        }
    }
}

int compare(Request request, Work work) {
    const bench::Pairs pairs(request.parameters.fds);
    request.parameters.pairs = &pairs;
    std::vector<Rounds> results(request.who.size());
    play(request, work, &results);
    const double first = bench::spread_of(results.front().processor).median;
    for (size_t i = 0; i < results.size(); ++i) {
        const Spread processor = bench::spread_of(results[i].processor);
        const Spread ratio = bench::spread_of(results[i].ratio);
        const Spread wall = bench::spread_of(results[i].wall);
        std::printf("%s\t%.1f\t%.1f\t%.1f\t%.3f\t%.3f\t%.3f\t%.1f\n", request.who[i]->name,
                    processor.median, processor.lower, processor.upper, processor.median / first,
                    ratio.lower, ratio.upper, wall.median);
    }
    return 0;
}

int run_once(Request request, Work work) {
    const bench::Pairs pairs(request.parameters.fds);
    request.parameters.pairs = &pairs;
    const Sample sample = (request.who.front()->*work)(request.parameters);
    std::printf("%" PRIu64 "\n", sample.events);
    return 0;
}

int print_memory(Request request) {
    const size_t fds = request.parameters.fds;
    const bench::Pairs pairs((fds + 1) / 2);
    request.parameters.pairs = &pairs;
    for (const Contender* contender : request.who) {
        const bench::Footprint footprint = contender->memory(request.parameters);
        const double library = static_cast<double>(footprint.library_bytes);
        std::printf("%s\t%.1f\t%zu\n", contender->name, library / static_cast<double>(fds),
                    footprint.watch_bytes);
    }
    return 0;
}

int print_contenders() {
    for (const Contender* contender : bench::contenders())
        std::puts(contender->name);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view verb = argc > 1 ? argv[1] : "";
    if (verb == "contenders") return print_contenders();
    if (verb == "memory") return print_memory(read_request(argc - 2, argv + 2));
    if (verb == "run" && argc > 3) {
        return run_once(read_request(argc - 3, argv + 3), find_work(argv[2]));
    }
    if (verb == "compare" && argc > 2) {
        return compare(read_request(argc - 3, argv + 3), find_work(argv[2]));
    }
    std::fputs(kUsage, stderr);
    return 2;
}
