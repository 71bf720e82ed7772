// SPDX-License-Identifier: MIT
// Random programs of a loop, run over every backend and compared with the model.
#include "loop_generator.hpp"
#include "loop_runner.hpp"
#include "loop_shrink.hpp"
#include "pollux/pollux.h"

#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace loop_model;

constexpr char kUsage[] =
    "usage: model_loop [--seed N] [--programs N] [--seconds N] [--backend NAME] [--progress]\n"
    "       model_loop --replay FILE... [--backend NAME]\n"
    "       model_loop --print --seed N\n"
    "\n"
    "Runs random programs of an event loop over every backend and compares each return and each\n"
    "callback with a model of the contract. A difference is printed as a short program, which\n"
    "--replay runs again.\n";

std::vector<uint32_t> all_backends() {
    std::vector<uint32_t> ids(plx_backend_list(nullptr, 0));
    plx_backend_list(ids.data(), ids.size());
    return ids;
}

struct Options {
    uint64_t seed = 1;
    uint64_t programs = 5'000;
    uint64_t seconds = 0;
    bool progress = false;
    bool print = false;
    std::vector<uint32_t> backends = all_backends();
    std::vector<std::string> replays;
};

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "model_loop: %s\n", why.c_str());
    std::exit(2);
}

// A run of the loop that does not end is stopped, and fails. Another call that hangs cannot be made
// shorter.
constexpr unsigned kPatience = 20;
constexpr unsigned kPatienceForShorter = 3;
unsigned seconds_for_one = kPatience;
std::string running;
const Program* running_program;

void give_up(int) {
    if (interrupt_run()) {
        alarm(kPatience);
        return;
    }
    std::printf("# FAILED: %s does not end\n%s", running.c_str(),
                to_text(*running_program).c_str());
    std::fflush(stdout);
    _exit(1);
}

struct Finding {
    uint32_t backend = 0;
    Verdict verdict;
};

std::string first_difference(const std::vector<std::string>& log,
                             const std::vector<std::string>& first) {
    size_t same = 0;
    while (same < log.size() && same < first.size() && log[same] == first[same])
        ++same;
    const auto at = [same](const std::vector<std::string>& of) {
        return same < of.size() ? of[same] : "nothing more";
    };
    return "after " + std::to_string(same) + " callbacks there was '" + at(log) +
           "', with the first backend '" + at(first) + "'";
}

// The first difference: from the model, or of a calm program from the first backend.
Finding find_difference(const Program& program, const Options& options) {
    running_program = &program;
    std::vector<std::string> log;
    for (const uint32_t backend : options.backends) {
        alarm(seconds_for_one);
        Verdict verdict = run(program, backend);
        if (verdict.is_failure()) return {backend, verdict};
        if (backend == options.backends.front()) log = verdict.log;
        if (program.is_calm && verdict.log != log) {
            verdict.what = first_difference(verdict.log, log);
            return {backend, verdict};
        }
    }
    return {};
}

bool passes(const Program& program, const Options& options, const std::string& origin) {
    running = origin;
    const Finding found = find_difference(program, options);
    if (!found.verdict.is_failure()) return true;
    // Only what fails each time can be made shorter.
    const auto fails = [&options](const Program& candidate) {
        return find_difference(candidate, options).verdict.is_failure() &&
               find_difference(candidate, options).verdict.is_failure();
    };
    seconds_for_one = kPatienceForShorter;
    const Program shortest = shrink(program, fails);
    Finding last = find_difference(shortest, options);
    if (!last.verdict.is_failure()) last = found;
    seconds_for_one = kPatience;
    std::printf("# FAILED: %s, backend %s\n%s\n", origin.c_str(), plx_backend_name(last.backend),
                head_text(shortest).c_str());
    for (size_t i = 0; i < shortest.ops.size(); ++i) {
        if (i == last.verdict.op)
            std::printf("# at the next call: %s\n", last.verdict.what.c_str());
        std::printf("%s\n", to_text(shortest.ops[i]).c_str());
    }
    std::fflush(stdout);
    return false;
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
                " calls, %" PRIu64 " iterations, %" PRIu64 " callbacks\n",
                what, options.seed, programs, options.backends.size(), seconds, all.calls,
                all.iterations, all.callbacks);
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
        if (options.progress && done % 5'000 == 0) {
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
    install_handlers();
    const Options options = parse_options(argc, argv);
    if (options.print) {
        std::fputs(to_text(generate(options.seed)).c_str(), stdout);
        return 0;
    }
    return options.replays.empty() ? run_random(options) : run_replays(options);
}
