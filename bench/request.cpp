// SPDX-License-Identifier: MIT
#include "request.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace bench {

const char kUsage[] =
    "usage: pollux_bench contenders                     who takes part\n"
    "       pollux_bench missing                        who would, and why not: two fields\n"
    "       pollux_bench versions                       of the libraries that say theirs\n"
    "       pollux_bench run chain | one-shot CONTENDER [KEY=N ...]\n"
    "           once; prints the number of events\n"
    "       pollux_bench compare chain | one-shot [KEY=N ...] [CONTENDER ...]\n"
    "           all in turn, round after round; prints, of each: name, nanoseconds of processor\n"
    "           time per event (median, quartiles), ratio to the first (of the medians; quartiles\n"
    "           of the rounds' own ratios), nanoseconds of wall time per event (median)\n"
    "       pollux_bench memory [fds=N]                  bytes per descriptor: library, watch\n"
    "       pollux_bench timers [KEY=N ...] [CONTENDER ...]\n"
    "           nanoseconds of processor time per timer, step by step; fields as in churn\n"
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
    "       pollux_bench churn | wake | idle | create [KEY=N ...] [CONTENDER ...]\n"
    "           what changes of interest, wakes of another thread's wait, quiet connections, and\n"
    "           making a loop cost; fields: the step (work/*.hpp say what each is), then as ping\n"
    "       pollux_bench startup [rounds=N]\n"
    "           from the start of a program to its end that waits once with one library; fields\n"
    "           as in ping, nanoseconds of wall time; the first uses none\n"
    "       pollux_bench footprint [timers=N] [CONTENDER ...]\n"
    "           \"timer\" or \"loop\", name, bytes that the library allocates for each, bytes of\n"
    "           its user's\n"
    "Where there are rounds, the last field is what each gave, with spaces between.\n"
    "A figure that a contender does not have is left out; a ratio is - where the first has 0.\n"
    "keys:  rounds; fds, active, events (of a round); timers; trips (of a round); posts, threads;\n"
    "       ticks (of 10 ms; idle)\n"
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

const char* refusal_of(const Contender& contender) {
    return contender.refusal == nullptr ? nullptr : contender.refusal();
}

struct Key {
    std::string_view name;
    void (*set)(Request& request, size_t value);
};

static constexpr Key kKeys[] = {
    {"rounds", [](Request& request, size_t value) { request.rounds = value; }},
    {"fds", [](Request& request, size_t value) { request.parameters.fds = value; }},
    {"active", [](Request& request, size_t value) { request.parameters.active = value; }},
    {"events", [](Request& request, size_t value) { request.parameters.events = value; }},
    {"timers", [](Request& request, size_t value) { request.parameters.timers = value; }},
    {"trips", [](Request& request, size_t value) { request.parameters.trips = value; }},
    {"posts", [](Request& request, size_t value) { request.parameters.posts = value; }},
    {"threads", [](Request& request, size_t value) { request.parameters.threads = value; }},
    {"ticks", [](Request& request, size_t value) { request.parameters.ticks = value; }},
    {"connections", [](Request& request, size_t value) { request.connections = value; }},
    {"messages", [](Request& request, size_t value) { request.parameters.messages = value; }},
    {"accepts", [](Request& request, size_t value) { request.parameters.accepts = value; }},
    {"listeners", [](Request& request, size_t value) { request.parameters.listeners = value; }},
};

static void read_setting(Request* request, const char* argument) {
    const char* equals = std::strchr(argument, '=');
    const std::string_view name(argument, static_cast<size_t>(equals - argument));
    char* end;
    const size_t value = std::strtoul(equals + 1, &end, 10);
    if (*end != '\0' || value == 0) give_up("not a number above 0", argument);
    for (const Key& key : kKeys) {
        if (key.name == name) return key.set(*request, value);
    }
    give_up("unknown key", argument);
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
            const char* refusal = refusal_of(*contender);
            if (refusal != nullptr) give_up(refusal, contender->name);
            request.who.push_back(contender);
        } else {
            give_up("no such contender", arguments[i]);
        }
    }
    if (request.who.empty()) {
        for (const Contender* contender : contenders()) {
            if (refusal_of(*contender) == nullptr) request.who.push_back(contender);
        }
    }
    if (request.parameters.threads > request.parameters.posts)
        give_up("more than posts", "threads");
    return request;
}

}  // namespace bench
