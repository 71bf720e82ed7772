// SPDX-License-Identifier: MIT
// Random programs, run over every backend and compared with the model.
#include "generator.hpp"
#include "pollux/pollux.h"
#include "runner.hpp"
#include "shrink.hpp"

#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using namespace model;

constexpr char kUsage[] =
    "usage: model [--seed N] [--programs N] [--seconds N] [--backend NAME] [--progress]\n"
    "       model --replay FILE... [--backend NAME]\n"
    "       model --print --seed N\n"
    "\n"
    "Runs random programs over every backend and compares each result with a model of the\n"
    "contract. A difference is printed as a short program, which --replay runs again.\n";

struct Options {
    uint64_t seed = 1;
    uint64_t programs = 10'000;
    uint64_t seconds = 0;
    bool progress = false;
    bool print = false;
    std::vector<uint32_t> backends = model::backends();
    std::vector<std::string> replays;
};

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "model: %s\n", why.c_str());
    std::exit(2);
}

// A wait that never ends is a failure as well, which cannot be made shorter.
constexpr unsigned kSecondsForOne = 60;
std::string running;
const Program* running_program;

[[noreturn]] void give_up(int) {
    std::printf("# FAILED: %s does not end\n%s", running.c_str(),
                to_text(*running_program).c_str());
    std::fflush(stdout);
    _exit(1);
}

Verdict run_watched(const Program& program, uint32_t backend) {
    running_program = &program;
    alarm(kSecondsForOne);
    return run(program, backend);
}

// Runs it over each backend; prints the first difference, as short as can be.
bool passes(const Program& program, const Options& options, const std::string& origin) {
    running = origin;
    for (const uint32_t backend : options.backends) {
        if (!run_watched(program, backend).is_failure()) continue;
        // Only what fails each time can be made shorter.
        const auto fails = [backend](const Program& candidate) {
            return run_watched(candidate, backend).is_failure() &&
                   run_watched(candidate, backend).is_failure();
        };
        const Program shortest = shrink(program, fails);
        const Verdict verdict = run(shortest, backend);
        std::printf("# FAILED: %s, backend %s\n", origin.c_str(), plx_backend_name(backend));
        if (!verdict.is_failure()) std::printf("# fails only now and then\n");
        for (size_t i = 0; i < shortest.size(); ++i) {
            if (i == verdict.op) std::printf("# the next call %s\n", verdict.what.c_str());
            std::printf("%s\n", to_text(shortest[i]).c_str());
        }
        if (verdict.op >= shortest.size()) std::printf("# in the end %s\n", verdict.what.c_str());
        return false;
    }
    return true;
}

bool replay(const Options& options, const std::string& file) {
    std::ifstream in(file);
    if (!in) die("cannot read " + file);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    Program program;
    const std::string wrong = parse(text, &program);
    if (!wrong.empty()) die(file + ": " + wrong);
    return passes(program, options, file);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void report(const char* what, uint64_t programs, const Options& options, double seconds) {
    const Statistics& all = statistics();
    std::printf("%sfrom seed %" PRIu64 " on %" PRIu64 " programs, %zu backends, %.1f s: %" PRIu64
                " calls, %" PRIu64 " waits, %" PRIu64 " events, %" PRIu64 " late\n",
                what, options.seed, programs, options.backends.size(), seconds, all.calls,
                all.waits, all.events, all.late);
    std::fflush(stdout);
}

int run_random(const Options& options) {
    const auto start = std::chrono::steady_clock::now();
    uint64_t failures = 0;
    uint64_t done = 0;
    while (done < options.programs && failures < 5) {
        if (options.seconds != 0 && seconds_since(start) >= double(options.seconds)) break;
        const uint64_t seed = options.seed + done;
        if (!passes(generate(seed), options, "seed " + std::to_string(seed))) ++failures;
        ++done;
        if (options.progress && done % 10'000 == 0) {
            report("  ", done, options, seconds_since(start));
        }
    }
    report("", done, options, seconds_since(start));
    std::printf("%" PRIu64 " passed, %" PRIu64 " failed\n", done - failures, failures);
    return failures == 0 ? 0 : 1;
}

int run_replays(const Options& options) {
    size_t failures = 0;
    for (const std::string& file : options.replays)
        failures += replay(options, file) ? 0U : 1U;
    std::printf("%zu passed, %zu failed\n", options.replays.size() - failures, failures);
    return failures == 0 ? 0 : 1;
}

uint64_t number_of(const std::string& text) {
    char* end = nullptr;
    const uint64_t number = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0') die("'" + text + "' is not a number");
    return number;
}

uint32_t backend_of(const std::string& name) {
    uint32_t backend = 0;
    if (plx_backend_from_name(name.c_str(), &backend) < 0) die("unknown backend '" + name + "'");
    return backend;
}

Options parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        const auto value = [&]() -> std::string {
            if (i + 1 == argc) die(name + " needs a value\n" + kUsage);
            return argv[++i];
        };
        if (name == "--seed")
            options.seed = number_of(value());
        else if (name == "--programs")
            options.programs = number_of(value());
        else if (name == "--seconds")
            options.seconds = number_of(value());
        else if (name == "--backend")
            options.backends = {backend_of(value())};
        else if (name == "--replay")
            options.replays.push_back(value());
        else if (name == "--progress")
            options.progress = true;
        else if (name == "--print")
            options.print = true;
        else if (!options.replays.empty() && name[0] != '-')
            options.replays.push_back(name);
        else
            die("unknown argument '" + name + "'\n" + kUsage);
    }
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGALRM, give_up);
    const Options options = parse_options(argc, argv);
    if (options.print) {
        std::fputs(to_text(generate(options.seed)).c_str(), stdout);
        return 0;
    }
    return options.replays.empty() ? run_random(options) : run_replays(options);
}
