// SPDX-License-Identifier: MIT
#include "request.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace bench {

const char kUsage[] =
    "usage: pollux_bench contenders                     who takes part\n"
    "       pollux_bench missing                        who would, if it were here\n"
    "       pollux_bench run chain CONTENDER [KEY=N ...]  once; prints the number of events\n"
    "       pollux_bench compare chain [KEY=N ...] [CONTENDER ...]\n"
    "           all in turn, round after round; prints, of each: name, nanoseconds of processor\n"
    "           time per event (median, quartiles), ratio to the first (of the medians; quartiles\n"
    "           of the rounds' own ratios), nanoseconds of wall time per event (median)\n"
    "       pollux_bench memory [fds=N]                  bytes per descriptor: library, watch\n"
    "       pollux_bench timers [KEY=N ...] [CONTENDER ...]\n"
    "           nanoseconds of processor time per timer, step by step, and ratios to the first\n"
    "       pollux_bench ping | posts [KEY=N ...] [CONTENDER ...]\n"
    "           nanoseconds of wall time for a round trip between two loops, and for a post;\n"
    "           fields as in compare, but for the last\n"
    "       pollux_bench echo | http [KEY=N ...] [CONTENDER ...]\n"
    "           a server under test, over TCP, and the same clients for all in another thread;\n"
    "           processor time of the server per message as in compare, then nanoseconds of wall\n"
    "           time per message, messages per second, and the clients' nanoseconds from a "
    "request\n"
    "           to its answer (median, 99th percentile)\n"
    "       pollux_bench run echo CONTENDER [KEY=N ...]  once, clients and server in turn in one\n"
    "           thread; prints the number of messages\n"
    "       pollux_bench accept [KEY=N ...] [CONTENDER ...]\n"
    "           connections that are accepted and closed; processor time of all threads of the\n"
    "           server per connection as in compare, then nanoseconds of wall time, connections\n"
    "           per second, and reports in vain per connection\n"
    "keys:  rounds; fds, active, events (of a round); timers; trips (of a round); posts, threads;\n"
    "       echo, http: connections, active (clients), messages (of a round)\n"
    "       accept: accepts (of a round), active (at a time), threads (of the server), listeners\n"
    "       (1 for all threads, or as many as those)\n";

void give_up(const char* problem, const char* what) {
    std::fprintf(stderr, "pollux_bench: %s: %s\n%s", problem, what, kUsage);
    std::exit(2);
}

static const Contender* find_contender(std::string_view name) {
    for (const Contender* contender : contenders()) {
        if (name == contender->name) return contender;
    }
    return nullptr;
}

static void read_setting(Request* request, const char* argument) {
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
    } else if (key == "timers") {
        request->parameters.timers = value;
    } else if (key == "trips") {
        request->parameters.trips = value;
    } else if (key == "posts") {
        request->parameters.posts = value;
    } else if (key == "threads") {
        request->parameters.threads = value;
    } else if (key == "connections") {
        request->connections = value;
    } else if (key == "messages") {
        request->parameters.messages = value;
    } else if (key == "accepts") {
        request->parameters.accepts = value;
    } else if (key == "listeners") {
        request->parameters.listeners = value;
    } else if (key == "rounds") {
        request->rounds = value;
    } else {
        give_up("unknown key", argument);
    }
}

void require_active(const Request& request, size_t most, const char* problem) {
    if (request.parameters.active > most) give_up(problem, "active");
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
        for (const Contender* contender : contenders())
            request.who.push_back(contender);
    }
    if (request.parameters.threads > request.parameters.posts)
        give_up("more than posts", "threads");
    return request;
}

}  // namespace bench
