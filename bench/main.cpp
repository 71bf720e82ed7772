// SPDX-License-Identifier: MIT
// The benchmark program. Results go to standard output, one a line, with tabs between the fields;
// scripts/bench.sh runs it and makes tables of them.
#include "figures.hpp"
#include "request.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

using bench::Contender;
using bench::Request;

int run_once(Request request) {
    const Contender& who = *request.who.front();
    if (who.chain == nullptr) bench::give_up("no chain", who.name);
    bench::require_active(request, request.parameters.fds, "more than fds");
    const bench::Pairs pairs(request.parameters.fds);
    request.parameters.pairs = &pairs;
    std::printf("%" PRIu64 "\n", who.chain(request.parameters).events);
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
    for (const Contender* contender : bench::contenders())
        std::puts(contender->name);
    return 0;
}

int print_missing() {
    for (const char* name : bench::missing())
        std::puts(name);
    return 0;
}

bool is_chain(const char* work) {
    if (std::strcmp(work, "chain") != 0) bench::give_up("no such work", work);
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view verb = argc > 1 ? argv[1] : "";
    const auto request_from = [&](int first) {
        return bench::read_request(argc - first, argv + first);
    };
    if (verb == "contenders") return print_contenders();
    if (verb == "missing") return print_missing();
    if (verb == "memory") return print_memory(request_from(2));
    if (verb == "timers") return bench::compare_timers(request_from(2));
    if (verb == "ping") return bench::compare_posts(request_from(2), &Contender::ping);
    if (verb == "posts") return bench::compare_posts(request_from(2), &Contender::posts);
    if (verb == "echo") return bench::compare_network(request_from(2), &Contender::echo);
    if (verb == "http") return bench::compare_network(request_from(2), &Contender::http);
    if (verb == "accept") return bench::compare_accept(request_from(2));
    if (verb == "run" && argc > 3 && std::strcmp(argv[2], "echo") == 0) {
        return run_echo_once(request_from(3));
    }
    if (verb == "run" && argc > 3 && is_chain(argv[2])) return run_once(request_from(3));
    if (verb == "compare" && argc > 2 && is_chain(argv[2])) {
        return bench::compare_chain(request_from(3));
    }
    std::fputs(bench::kUsage, stderr);
    return 2;
}
