// SPDX-License-Identifier: MIT
// The benchmark program. Results go to standard output, one a line, with tabs between the fields;
// scripts/bench.sh runs it and makes tables of them.
#include "figures.hpp"
#include "figures_of_steps.hpp"
#include "request.hpp"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

using bench::Contender;
using bench::Request;

using Chain = bench::Sample (*Contender::*)(const bench::Parameters&);

int run_once(Request request, Chain work) {
    const Contender& who = *request.who.front();
    if (who.*work == nullptr) bench::give_up("cannot do this work", who.name);
    bench::require_active(request, request.parameters.fds, "more than fds");
    const bench::Pairs pairs(request.parameters.fds);
    request.parameters.pairs = &pairs;
    std::printf("%" PRIu64 "\n", (who.*work)(request.parameters).events);
    return 0;
}

int run_echo_once(Request request) {
    const Contender& who = *request.who.front();
    if (who.echo == nullptr) bench::give_up("no echo", who.name);
    bench::require_active(request, request.connections, "more than connections");
    const bench::Connections connections(request.connections);
    request.parameters.connections = &connections;
    request.parameters.is_in_turn = true;
    std::printf("%" PRIu64 "\n", who.echo(request.parameters).served.events);
    return 0;
}

int print_memory(Request request) {
    const size_t fds = request.parameters.fds;
    const bench::Pairs pairs((fds + 1) / 2);
    request.parameters.pairs = &pairs;
    for (const Contender* contender : request.able(&Contender::memory)) {
        const bench::Footprint footprint = contender->memory(request.parameters);
        const double library = static_cast<double>(footprint.library_bytes);
        std::printf("%s\t%.1f\t%zu\n", contender->name, library / static_cast<double>(fds),
                    footprint.watch_bytes);
    }
    return 0;
}

int print_contenders() {
    for (const Contender* contender : bench::contenders()) {
        if (bench::refusal_of(*contender) == nullptr) std::puts(contender->name);
    }
    return 0;
}

int print_missing() {
    for (const char* name : bench::missing()) {
        // Some come with a reason of their own.
        const bool has_reason = std::strchr(name, '\t') != nullptr;
        std::printf("%s%s\n", name, has_reason ? "" : "\tit is not installed");
    }
    for (const Contender* contender : bench::contenders()) {
        const char* refusal = bench::refusal_of(*contender);
        if (refusal != nullptr) std::printf("%s\t%s\n", contender->name, refusal);
    }
    return 0;
}

int print_versions() {
    for (const Contender* contender : bench::contenders()) {
        if (contender->version != nullptr)
            std::printf("%s\t%s\n", contender->name, contender->version());
    }
    return 0;
}

Chain chain_named(const char* work) {
    if (std::strcmp(work, "chain") == 0) return &Contender::chain;
    if (std::strcmp(work, "one-shot") == 0) return &Contender::one_shot;
    bench::give_up("no such work", work);
}

struct Verb {
    std::string_view name;
    int (*run)(const Request& request);
};

constexpr Verb kVerbs[] = {
    {"memory", [](const Request& request) { return print_memory(request); }},
    {"timers", bench::compare_timers},
    {"ping",
     [](const Request& request) { return bench::compare_posts(request, &Contender::ping); }},
    {"posts",
     [](const Request& request) { return bench::compare_posts(request, &Contender::posts); }},
    {"echo",
     [](const Request& request) { return bench::compare_network(request, &Contender::echo); }},
    {"http",
     [](const Request& request) { return bench::compare_network(request, &Contender::http); }},
    {"accept", bench::compare_accept},
    {"churn", bench::compare_churn},
    {"wake", bench::compare_wake},
    {"idle", bench::compare_idle},
    {"create", bench::compare_create},
    {"startup", bench::compare_startup},
    {"footprint", bench::print_footprints},
};

}  // namespace

int main(int argc, char** argv) {
    // The longest piece of work takes a few minutes; whoever hangs is not waited for.
    alarm(20 * 60);
    const std::string_view verb = argc > 1 ? argv[1] : "";
    if (verb == "contenders") return print_contenders();
    if (verb == "missing") return print_missing();
    if (verb == "versions") return print_versions();
    if (verb == "run" && argc > 3) {
        const Request request = bench::read_request(argc - 3, argv + 3);
        if (std::strcmp(argv[2], "echo") == 0) return run_echo_once(request);
        return run_once(request, chain_named(argv[2]));
    }
    if (verb == "compare" && argc > 2) {
        return bench::compare_chain(bench::read_request(argc - 3, argv + 3), chain_named(argv[2]));
    }
    for (const Verb& known : kVerbs) {
        if (verb == known.name) return known.run(bench::read_request(argc - 2, argv + 2));
    }
    std::fputs(bench::kUsage, stderr);
    return 2;
}
